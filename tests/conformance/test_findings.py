"""The judgement over the suites' findings: nothing passes unexplained, no explanation outlives its reason."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
import findings  # noqa: E402

ENTRY = 'tester | check one | got 204\n  RFC 7644 section 3.5.2: "or MAY return HTTP status code 204"\n'
FAILED = findings.Finding("tester", "check one", "expected 200, got 204", True)


def judge(found, text=ENTRY, suites=("tester",)):
    return findings.judge(found, findings.read(text), suites)


def test_what_is_explained_passes():
    assert judge([FAILED, findings.Finding("tester", "check two", "fine", False)]) == ([], [])


@pytest.mark.parametrize("other", [
    findings.Finding("tester", "check one", "expected 200, got 500", True),
    findings.Finding("tester", "check two", "expected 200, got 204", True),
    findings.Finding("sanity", "check one", "expected 200, got 204", True)])
def test_what_is_not_explained_fails(other):
    assert judge([FAILED, other])[0] == [other]


def test_an_exception_that_nobody_needs_fails():
    unmet = judge([findings.Finding("tester", "check one", "fine", False)])[1]
    assert [str(entry) for entry in unmet] == ["tester | check one | got 204"]
    assert judge([], suites=("sanity",)) == ([], []), "of a suite that did not run nothing is known"


@pytest.mark.parametrize("text", ["tester | check one | got 204\n", "tester | check one | got 204\n  It is fine so.\n",
                                  "  RFC 7644 section 3.5.2: a reason that belongs to nothing\n", "no entry\n"])
def test_an_exception_needs_the_words_of_the_rfc(text):
    with pytest.raises(findings.ExceptionsError):
        findings.read(text)


def test_the_committed_exceptions_can_be_read():
    assert findings.read((HERE / "exceptions").read_text())
