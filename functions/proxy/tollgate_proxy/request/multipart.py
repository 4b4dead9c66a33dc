"""Forms with files in them (`multipart/form-data`, RFC 7578): read from clients, written for providers."""

from __future__ import annotations

import secrets
from email.message import Message
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TYPE = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class FormPart:
    """A field of a form; a file's has a `filename`."""

    name: str
    content: bytes
    filename: str | None = None
    content_type: str | None = None


def read(body: bytes, content_type: str) -> list[FormPart]:
    """The fields of a form in their order; raises `RefusedError` if the body isn't one."""
    header = _header("content-type", content_type)
    boundary = header.get_param("boundary")
    if header.get_content_type() != _TYPE or not isinstance(boundary, str) or not boundary:
        message = f"Send a form of the content type `{_TYPE}`, as an SDK does."
        raise RefusedError(Reason.INVALID_PARAMETER, message)
    return list(_parts(body, b"--" + boundary.encode()))


def write(parts: Iterable[FormPart]) -> tuple[bytes, str]:
    """A form, and its content type."""
    boundary = secrets.token_hex(16)
    written = bytearray()
    for part in parts:
        disposition = f'form-data; name="{_quoted(part.name)}"'
        if part.filename is not None:
            disposition += f'; filename="{_quoted(part.filename)}"'
        written += f"--{boundary}\r\ncontent-disposition: {disposition}\r\n".encode()
        if part.content_type is not None:
            written += f"content-type: {part.content_type}\r\n".encode()
        written += b"\r\n" + part.content + b"\r\n"
    written += f"--{boundary}--\r\n".encode()
    return bytes(written), f"{_TYPE}; boundary={boundary}"


def _parts(body: bytes, delimiter: bytes) -> Iterator[FormPart]:
    # The first delimiter has no line end before it.
    pieces = (b"\r\n" + body).split(b"\r\n" + delimiter)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise _malformed()
    for piece in pieces[1:-1]:
        head, found, content = piece.partition(b"\r\n\r\n")
        if not found:
            raise _malformed()
        yield _part(head, content)


def _part(head: bytes, content: bytes) -> FormPart:
    headers: dict[str, str] = {}
    for line in head.decode(errors="replace").split("\r\n"):
        field, _, value = line.partition(":")
        headers[field.strip().lower()] = value.strip()
    disposition = _header("content-disposition", headers.get("content-disposition", ""))
    name = disposition.get_param("name", header="content-disposition")
    if not isinstance(name, str):
        raise _malformed()
    return FormPart(name, content, disposition.get_filename(), headers.get("content-type"))


def _header(name: str, value: str) -> Message:
    message = Message()
    message[name] = value.replace("\r", " ").replace("\n", " ")
    return message


def _quoted(text: str) -> str:
    """As browsers write names (HTML, multipart/form-data encoding algorithm)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _malformed() -> RefusedError:
    return RefusedError(Reason.INVALID_PARAMETER, "The form isn't complete, or its parts can't be read.")
