"""The chain of seals by itself, and beside its copy in the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.seals import chain_check
from tollgate.seals.chain_check import ChainProblem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tollgate.seals.chain_check import CheckedChain
    from tollgate.seals.store.seal_bucket import SealBucket
    from tollgate_cli.operations.proofs.sealed_stack import SealedStack


def compared(stack: SealedStack, known_heads: Collection[str] = ()) -> dict[str, Any]:
    """What is found, with all `problems` in the order of their days.

    Raises `SealError` if a seal in the bucket can't be read.
    """
    chain = chain_check.check(stack.table.chain())
    problems = [*chain.problems]
    if stack.bucket is not None:
        problems += _beside_bucket(chain, stack.bucket)
    rows: list[dict[str, str | None]] = [
        {"day": day.isoformat(), "problem": problem} for day, problem in sorted(set(problems))
    ]
    unknown = sorted({head.lower() for head in known_heads} - set(chain.heads.values()))
    rows += [{"day": None, "problem": f"no seal has the head {head}"} for head in unknown]
    return {
        "first": chain.first.isoformat() if chain.first else None,
        "last": chain.last.isoformat() if chain.last else None,
        "seals": len(chain.heads),
        "head": chain.head,
        "problems": rows,
    }


def _beside_bucket(chain: CheckedChain, bucket: SealBucket) -> Iterator[ChainProblem]:
    copy = chain_check.check(bucket.chain())
    for day, problem in copy.problems:
        yield ChainProblem(day, f"in the bucket, {problem}")
    for day, head in copy.heads.items():
        if day not in chain.heads:
            yield ChainProblem(day, "the bucket has its seal, and the table none that can be read")
        elif chain.heads[day] != head:
            yield ChainProblem(day, "the bucket has another seal than the table: the chain was forked")
    for day in chain.heads.keys() - copy.heads.keys():
        yield ChainProblem(day, "the bucket has no seal of it")
    for day, key, versions in bucket.overwritten():
        yield ChainProblem(day, f"the bucket has {versions} versions of {key}; the first one counts")
