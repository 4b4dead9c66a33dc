"""`tollgate login`: checks a token, a key or a sign-in at the issuer, and keeps it in a profile."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import Annotated, Any, Final

import typer

from tollgate_cli.arguments.common_options import one_of
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.output.failures import CommandError, UsageError
from tollgate_cli.output.questions import ask, ask_secret
from tollgate_cli.session import config_folder, profiles
from tollgate_cli.session.current import session
from tollgate_cli.session.oidc import kept_tokens
from tollgate_cli.session.profiles import Issuer, Profile
from tollgate_cli.session.secret_stores import Kind, StoreName, there_is_a_keyring
from tollgate_cli.session.targets import root_url

app = group()

REDIRECT_URI: Final = "http://127.0.0.1:18455/callback"
_ADMINISTRATORS: Final = {Kind.ADMIN, Kind.SSO}
_KEY_PREFIX: Final = "sk-tg-"
_MAX_SECRET: Final = 65_536
_SCOPES: Final = "openid email profile"


@command(
    app,
    "login",
    examples=[
        "tollgate login --url https://gateway.example.com",
        "tollgate login --url https://gateway.example.com --sso --profile prod",
        "tollgate login --key-stdin --profile ci < key.txt",
    ],
)
def login(
    *,
    sso: Annotated[
        bool, typer.Option("--sso", help="Sign in as an admin at the deployment's OpenID Connect issuer.")
    ] = False,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Read an admin's token from stdin.")
    ] = False,
    key_stdin: Annotated[bool, typer.Option("--key-stdin", help="Read a key's secret from stdin.")] = False,
    store: Annotated[
        str | None,
        one_of(tuple(StoreName), "Where to keep it; the system's keyring if there is one, else a file."),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the sign-in page, or print its URL alone.")
    ] = True,
    issuer: Annotated[
        str | None, typer.Option(metavar="URL", help="The issuer, if the console doesn't name it.")
    ] = None,
    client_id: Annotated[
        str | None, typer.Option(metavar="ID", help="The client's id at that issuer.")
    ] = None,
    scopes: Annotated[
        str | None, typer.Option(metavar="TEXT", help=f'What is asked of that issuer: "{_SCOPES}".')
    ] = None,
    redirect_uri: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Where on this machine the issuer sends the browser back to; port 0 is any free one.",
            show_default=True,
        ),
    ] = REDIRECT_URI,
) -> None:
    """Sign in to a gateway, and keep what opens it in a profile.

    Without further options it asks for an admin's token or a key's secret, which isn't shown. A profile can
    have both: sign in twice. What is kept is what the gateway has taken.
    """
    if sum((sso, token_stdin, key_stdin)) > 1:
        raise UsageError("--sso, --token-stdin and --key-stdin exclude each other.")
    if (issuer is None) != (client_id is None):
        raise UsageError("--issuer and --client-id go together.")
    before = _profile_before()
    if sso:
        given = Issuer(issuer, client_id, scopes or _SCOPES) if issuer and client_id else None
        kind, secret, chosen = _signed_in(before.url, given, scopes, redirect_uri, browser=browser)
        before = replace(before, issuer=chosen)
        token = kept_tokens.token_in(secret)
    else:
        kind, secret = _given_secret(token_stdin=token_stdin, key_stdin=key_stdin)
        token = secret
    who = _checked(before.url, kind, token)
    place = StoreName(store) if store else StoreName.KEYRING if there_is_a_keyring() else StoreName.FILE
    _keep(before, kind, secret, place)
    _say(before, who, place)


def _profile_before() -> Profile:
    """The profile as it is, or a new one. Raises `UsageError` for one that is another gateway's."""
    options = session().options
    known = profiles.read()
    name = options.profile or os.environ.get("TOLLGATE_PROFILE")
    url = options.url or (None if options.profile in known.by_name else os.environ.get("TOLLGATE_URL"))
    name = profiles.checked_name(name or known.current or profiles.DEFAULT)
    found = known.by_name.get(name)
    if url is None and found is not None:
        return found
    url = root_url(url or ask("The gateway's URL:", instead="Give --url."))
    if found is not None and found.url != url:
        raise UsageError(
            f'The profile "{name}" is for {found.url}.',
            [f'Give another name by --profile, or remove it: "tollgate profiles remove {name}".'],
        )
    return found or Profile(name, url, {})


def _signed_in(
    url: str, issuer: Issuer | None, scopes: str | None, redirect_uri: str, *, browser: bool
) -> tuple[Kind, str, Issuer]:
    from tollgate_cli.session.oidc import browser_sign_in, deployment_issuer  # noqa: PLC0415 - bring httpx along

    chosen = issuer or deployment_issuer.issuer_of(url, session().transport)
    chosen = replace(chosen, scopes=scopes or chosen.scopes)
    tokens = browser_sign_in.sign_in(
        chosen, redirect_uri=redirect_uri, open_browser=browser, say=session().output.complaint
    )
    return Kind.SSO, kept_tokens.as_secret(tokens), chosen


def _given_secret(*, token_stdin: bool, key_stdin: bool) -> tuple[Kind, str]:
    if token_stdin or key_stdin:
        secret = sys.stdin.read(_MAX_SECRET).strip()
    else:
        secret = ask_secret(
            "Admin's token or key (not shown):", instead="Give --token-stdin, --key-stdin or --sso."
        )
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise UsageError("That is no token and no key.")
    is_key = secret.startswith(_KEY_PREFIX)
    if (token_stdin and is_key) or (key_stdin and not is_key):
        raise UsageError(f"That is {'a key' if is_key else 'no key'}: keys begin with {_KEY_PREFIX}.")
    return (Kind.KEY if is_key else Kind.ADMIN), secret


def _checked(url: str, kind: Kind, token: str) -> str:
    """Whose it is. Raises what the API refuses it with."""
    from tollgate_client import AdminClient, Client  # noqa: PLC0415 - brings httpx along

    transport = session().transport
    if kind is Kind.KEY:
        with Client(f"{url}/v1", token, transport=transport) as client:
            return f'the key "{client.usage()["name"]}"'
    with AdminClient(f"{url}/api/admin", token, transport=transport) as admin:
        me: Any = admin.get_me()
    return f"{me['name']} ({me['role']})"


def _keep(before: Profile, kind: Kind, secret: str, place: StoreName) -> None:
    """In the profile as it is now, whatever other commands have changed meanwhile."""
    with config_folder.locked():
        known = profiles.read()
        profile = known.by_name.get(before.name, before)
        if profile.url != before.url:
            raise CommandError(
                f'Another command has just used the profile "{before.name}" for {profile.url}.'
            )
        if kind in _ADMINISTRATORS:
            for other in _ADMINISTRATORS - {kind}:
                profile = profile.forget(other)
        profile = replace(profile, issuer=before.issuer if kind is Kind.SSO else profile.issuer)
        profiles.write(known.with_profile(profile.keep(kind, secret, place), current=True))


def _say(profile: Profile, who: str, place: StoreName) -> None:
    kept = {
        StoreName.KEYRING: "the system's keyring",
        StoreName.FILE: f"{config_folder.folder() / 'secrets.json'}, which you alone can read",
    }
    output = session().output
    output.note(f'Signed in to {profile.url} as {who}; the profile "{profile.name}" is in use.')
    output.note(f"The secret is in {kept[place]}.")
    if (
        profile.url.startswith("http://")
        and "://127.0.0.1" not in profile.url
        and "://localhost" not in profile.url
    ):
        output.note("Warning: this URL is not https; whoever is on the way can read the secret.")
