"""What the command lines of operators' tools have in common."""

from __future__ import annotations

import argparse


def parser(program: str, description: str | None) -> argparse.ArgumentParser:
    """That of `python -m PROGRAM`, for a command on a deployment."""
    return argparse.ArgumentParser(
        prog=f"python -m {program}",
        description=description,
        epilog="AWS credentials and region come from the environment. "
        "For a local stack, set AWS_ENDPOINT_URL; its stack name is tollgate-local.",
    )


def of_stack() -> argparse.ArgumentParser:
    """A parent of the parsers whose commands are told the stack."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--stack", required=True, metavar="NAME", help="name of the stack, such as tollgate-prod"
    )
    return options
