import pytest

from tests.support import terminal_screen

_COLUMNS = 12


def test_text_is_shown_line_by_line():
    assert terminal_screen.lines("one\r\n\r\ntwo\r\n\r\n", _COLUMNS) == ["one", "", "two"]


def test_a_line_that_is_written_over_shows_what_came_last():
    assert terminal_screen.lines("12 of 30\r30\x1b[K\r\n", _COLUMNS) == ["30"]
    assert terminal_screen.lines("abcdef\rXY\r\n", _COLUMNS) == ["XYcdef"]


def test_a_long_line_goes_on_in_the_next_one():
    assert terminal_screen.lines("as wide as it\r\nexactly so !\r\nend", _COLUMNS) == [
        "as wide as i",
        "t",
        "exactly so !",
        "end",
    ]


def test_a_progress_bar_that_goes_leaves_nothing():
    bar = "\x1b[?25l\x1b[35m━━━\x1b[0m 1/2\r\x1b[2K\x1b[36m━━━━━━\x1b[0m 2/2\r\n\x1b[?25h\r\x1b[1A\x1b[2K"
    assert terminal_screen.lines(f"{bar}done\r\n", _COLUMNS) == ["done"]


def test_colours_end_where_their_text_does():
    sent = "\x1b[1m\x1b[31mred\x1b[0m and\r\n\x1b[2mpale\r\nstill\x1b[m\r\n"
    assert terminal_screen.lines(sent, _COLUMNS) == [
        "\x1b[1m\x1b[31mred\x1b[0m and",
        "\x1b[2mpale\x1b[0m",
        "\x1b[2mstill\x1b[0m",
    ]


@pytest.mark.parametrize("sent", ["\x1b[5;5H", "\t", "\x1b]0;title\x07"])
def test_what_it_cannot_show_is_refused(sent):
    with pytest.raises(ValueError, match="control"):
        terminal_screen.lines(sent, _COLUMNS)
