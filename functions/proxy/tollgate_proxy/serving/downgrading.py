"""By which model a call is served while a budget of its key, or of one above, is tight.

Its own, or the first that a rule names instead and that can serve it: of the same type, with a price
for all that the call asks for, and with room for its prompt and output. Whether the key and all above it
allow that model is for the ledger to say, as ever.
"""

from __future__ import annotations

import logging
from dataclasses import field, replace
from typing import TYPE_CHECKING

from tollgate.gateway_state import conversations
from tollgate.lean_dataclass import dataclass
from tollgate.ledger import decide, refusal_messages
from tollgate.ledger.admissions import Switched, Switching
from tollgate.ledger.policies import downgrades
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tollgate.catalog.catalog import Model
    from tollgate.ledger.admissions import DowngradeError
    from tollgate.ledger.scopes import Scope
    from tollgate_proxy.metered_call import Call
    from tollgate_proxy.ports import Conversations

logger = logging.getLogger(__name__)

# A rule names five models at most, and a call meets few scopes that are tight.
_MAX_CHANGES = 12


@dataclass(slots=True)
class Downgrading:
    """The way of one call, `asked` as its client has sent it, to the model that serves it.

    `conversation` is the name by which the conversation is kept that it belongs to, if it does. `served_by`
    gives the same call of another model, and raises `RefusedError` if that can't be made. `chain` reads the
    key and all above it, for a call that `forbids` another model.
    """

    asked: Call
    conversation: str | None
    conversations: Conversations
    served_by: Callable[[str], Call]
    chain: Callable[[], Sequence[Scope]]
    at: datetime
    forbids: bool
    begins_conversation: bool = False
    passed_over: set[str] = field(default_factory=set)
    changes: int = 0

    @property
    def as_asked(self) -> Call:
        """The call by its own model, whatever rules say."""
        return replace(self.asked, switching=Switching.NEVER)

    def following(self, call: Call, error: DowngradeError) -> Call:
        """What is asked for next; raises `RefusedError` where the call is refused."""
        self.changes += 1
        if self.changes > _MAX_CHANGES:
            return self._unswitched(self.asked, error)
        if call.switching is Switching.UNKNOWN and _keeps_conversations(error.scope):
            return self._going_on(call)
        if not error.is_tight:
            return replace(self.asked, switching=call.switching)
        if call.switching is Switching.NEVER or (
            call.switching is Switching.CONVERSATION and _keeps_conversations(error.scope)
        ):
            return self._unswitched(call, error)
        return self._switched(call, error)

    def without(self, call: Call, refused: RefusedError) -> Call:
        """What is asked for after the key, or one above it, hasn't allowed the model that was chosen.

        Raises what the call was refused for otherwise.
        """
        if call.downgraded_from is None or refused.reason is not Reason.MODEL_NOT_ALLOWED:
            raise refused
        self.changes += 1
        self.passed_over.add(call.model.system_name)
        known = Switching.FREE if call.switching is Switching.CONVERSATION else call.switching
        return replace(self.asked, switching=Switching.NEVER if self.changes > _MAX_CHANGES else known)

    def settled(self, call: Call) -> Call | None:
        """Keeps by which model a conversation is served that begins with a call that was let in.

        Returns the call as it is to be served instead, None if it may go on: another call of the same
        conversation may have begun it at the same time.
        """
        if not self.begins_conversation or self.conversation is None:
            return None
        try:
            kept = self.conversations.begin(self.conversation, call.model.system_name, self.at)
        except Exception:
            # The call has its hold: better to serve it, and let the next one begin the conversation.
            logger.exception("The model of a conversation could not be kept")
            return None
        if kept == call.model.system_name or self.forbids or self.changes > _MAX_CHANGES:
            return None
        self.changes += 1
        return self._of_conversation(kept)

    def _going_on(self, call: Call) -> Call:
        kept = None
        if self.conversation is not None:
            kept = self.conversations.model_of(self.conversation, self.at)
        going_on = None if kept is None else self._of_conversation(kept)
        if going_on is not None:
            return going_on
        self.begins_conversation = kept is None
        return replace(call, switching=Switching.FREE)

    def _of_conversation(self, model: str) -> Call | None:
        """The call by the model that serves its conversation, None if that can't serve it any more."""
        if model == self.asked.model.system_name:
            return replace(self.asked, switching=Switching.CONVERSATION)
        other = None if self.forbids else self._by(model)
        if other is None:
            return None
        return replace(other, switching=Switching.CONVERSATION, downgraded_from=self.asked.model.system_name)

    def _switched(self, call: Call, error: DowngradeError) -> Call:
        for model in error.to:
            if model in (call.model.system_name, self.asked.model.system_name):
                continue
            other = self._by(model)
            if other is None or _refuses(error.scope, other.model):
                continue
            if not self.forbids:
                return self._served_by(other, call, error)
            chain = self.chain()
            if not any(_refuses(each, other.model) for each in chain):
                self._require_room(chain, error, other.model)
                break
        return self._unswitched(call, error)

    def _served_by(self, other: Call, call: Call, error: DowngradeError) -> Call:
        scope_id = error.scope.key_id
        tight_at, reserved_at = call.tight_at, call.reserved_at
        if error.refused is None:
            tight_at = (*tight_at, Switched(scope_id, call.model.system_name, other.model.system_name))
        else:
            reserved_at |= {scope_id}
        return replace(
            other,
            switching=call.switching,
            downgraded_from=self.asked.model.system_name,
            tight_at=tight_at,
            reserved_at=reserved_at,
        )

    def _require_room(self, chain: Sequence[Scope], error: DowngradeError, instead: Model) -> None:
        """Raises `RefusedError` if a call that forbids another model would be served by one.

        The error may rest on what was remembered of the scope: what counts is how it is in the chain.
        """
        if error.refused is not None:
            raise error.refused
        for scope in chain:
            if scope.key_id == error.scope.key_id:
                tight = downgrades.tight_balance(scope, self.at)
                if tight is not None:
                    refused = refusal_messages.downgrade_required(
                        scope, tight, self.asked.model.system_name, instead.system_name
                    )
                    refused.budget_status = chain[0].budget_refusal_status
                    raise refused

    def _unswitched(self, call: Call, error: DowngradeError) -> Call:
        if error.refused is not None:
            raise error.refused
        return replace(call, switching=Switching.NEVER)

    def _by(self, model: str) -> Call | None:
        """The call by another model, None if that can't serve it."""
        if model in self.passed_over:
            return None
        try:
            other = self.served_by(model)
        except RefusedError:
            other = None
        if other is None or not has_room(other.model, self.asked):
            self.passed_over.add(model)
            return None
        return other


def conversation_name(key_id: str, conversation: str | None, model: str) -> str | None:
    return None if conversation is None else conversations.name_of(key_id, conversation, model)


def has_room(model: Model, call: Call) -> bool:
    """Whether another model has room for a call, with the output that it asks for, or that is worth asking.

    A model that takes as much as the call's own does takes all that this does. Of one whose context nobody
    has stated that can't be said, unless nobody has stated the other's either.
    """
    stated, demand = call.stated_output, call.demand
    if model.output_limit is not None and stated is not None and stated > model.output_limit:
        return False
    own = call.model.context_limit
    if model.context_limit is None:
        return own is None
    if own is not None and own <= model.context_limit:
        return True
    output = demand.worthwhile_output_tokens if stated is None else stated
    return demand.prompt_tokens + output <= model.context_limit


def _refuses(scope: Scope, model: Model) -> bool:
    return decide.model_refusal(scope, model.system_name, model.safety_level) is not None


def _keeps_conversations(scope: Scope) -> bool:
    return scope.downgrade is None or not scope.downgrade.switch_conversations
