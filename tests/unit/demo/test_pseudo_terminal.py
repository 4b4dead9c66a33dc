import sys

from tests.support import pseudo_terminal

_ASKS = """
import os, sys
print(sys.stdout.isatty(), os.get_terminal_size().columns, os.environ["WHO"], os.path.basename(os.getcwd()))
sys.stderr.write("Sure? ")
sys.stderr.flush()
sys.exit(7 if sys.stdin.readline() == "yes\\n" else 8)
"""


def test_a_program_has_a_terminal_and_somebody_who_answers(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    command = [sys.executable, "-c", _ASKS]
    output, code = pseudo_terminal.run(command, 93, folder, {"WHO": "me"}, [("Sure?", "yes")])
    assert (output, code) == ("True 93 me here\r\nSure? yes\r\n", 7)
