"""The committed table is what the data and the markers say, and every test in it is one that runs."""
import os
import pathlib
import shutil

import pytest
from requirements import table


def test_the_committed_table_is_the_generated_one():
    text = table.README.read_text()
    assert text == table.put_into(text, table.table(table.load())), "run tests/requirements/table.py"


def test_every_marked_test_is_in_ctests_list():
    names = table.ctest_names(os.environ["ROSTERD_BUILD"])
    assert not [name for name in names if name.endswith("_NOT_BUILT")], "build everything first"
    assert table.missing(table.load(), names) == []


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "tests" / "scim").mkdir(parents=True)
    (tmp_path / "tests" / "system").mkdir()
    (tmp_path / "tests" / "requirements").mkdir()
    for rfc in table.TITLES:
        (tmp_path / "tests" / "requirements" / f"rfc{rfc}.txt").write_text("")
    (tmp_path / "tests" / "requirements" / "rfc7644.txt").write_text(
        "# comment\n\n7644-3.3-1 | MUST | One |\n7644-3.3-2 | SHOULD | Two | deviation: because\n"
        "7644-3.3-3 | MUST | Three | client\n7644-3.3-4 | MUST | Four | n/a: none of this\n7644-3.3-5 | MUST | Five |\n")
    return tmp_path


def cpp(tree, text):
    (tree / "tests" / "scim" / "a_test.cpp").write_text(text)
    return table.load(tree)


def test_markers_of_each_kind_are_found(tree):
    (tree / "tests" / "system" / "test_b.py").write_text(
        "# shows 7644-3.3-2\n@mark([\n    1,\n])\ndef test_two(lab):\n    pass\n")
    golden = tree / "tests" / "data" / "scim" / "okta"
    golden.mkdir(parents=True)
    (golden / "put.golden").write_text("# What Okta puts\n# shows 7644-3.3-1\n")
    found = cpp(tree, "// Why.\n// shows 7644-3.3-1,\n".replace(",\n", "\n")
                + "// shows 7644-3.3-2\n// more words\nTEST_F(Long,\n       Name) {\n}\n")
    assert found["7644-3.3-1"].tests == [("system:scim_clients", "system:scim_clients okta/put"),
                                         ("scim:Long.Name", "scim:Long.Name")]
    assert [shown for _, shown in found["7644-3.3-2"].tests] == ["scim:Long.Name", "system:b test_two"]
    assert {one.id[-1]: one.standing for one in found.values()} == {
        "1": "shown", "2": "deviation", "3": "client", "4": "n/a", "5": "open"}
    text = table.table(found)
    assert "3 statements" not in text and text.startswith("4 statements bind this server: 1 shown by a test, 1 deviations")
    assert "| 7644-3.3-5 | MUST | Five | **open** |" in text
    assert "**deviation**: because<br>`scim:Long.Name`" in text


@pytest.mark.parametrize("text, complaint", [
    ("// shows 7644-3.3-9\nTEST(A, B) {}\n", "there is no requirement 7644-3.3-9"),
    ("// shows 7644-3.3-1\n\nTEST(A, B) {}\n", "no test right below"),
    ("// shows 7644-3.3-1\nvoid helper() {}\n", "no test right below"),
    ("// shows 7644-3.3-1", "no test right below"),
    ("// shows 7644-3.3-1 7644-3.3-2\nTEST(A, B) {}\n", "nothing else"),
    ("// shows 7644-3.3-1, and so on\nTEST(A, B) {}\n", "nothing else"),
    ("// shows 7644-3.3-3\nTEST(A, B) {}\n", "is said to be «client»"),
    ("// shows 7644-3.3-4\nTEST(A, B) {}\n", "is said to be «n/a: none of this»"),
])
def test_a_marker_that_means_nothing_is_told(tree, text, complaint):
    with pytest.raises(table.Wrong, match=complaint):
        cpp(tree, text)


@pytest.mark.parametrize("line, complaint", [
    ("7644-3.3-1 | MUST | Again |", "stands twice"),
    ("7644-3.3-6 | MAY | Six |", "unknown level"),
    ("7644-3.3-6 | MUST | Six", "not «id"),
    ("3.3-6 | MUST | Six |", "not «id"),
    ("7644-3.3-6 | MUST | Six | deviation:", "unknown state"),
    ("7644-3.3-6 | MUST | Six | done", "unknown state"),
])
def test_broken_data_is_told(tree, line, complaint):
    with open(tree / "tests" / "requirements" / "rfc7644.txt", "a") as f:
        f.write(line + "\n")
    with pytest.raises(table.Wrong, match=complaint):
        table.load(tree)


def test_a_test_that_does_not_run_is_missed(tree):
    found = cpp(tree, "// shows 7644-3.3-1\nTEST(A, B) {}\n// shows 7644-3.3-5\nTEST_P(C, D) {}\n")
    assert table.missing(found, {"scim:A.B", "scim:All/C.D/0", "scim:All/C.D/1"}) == []
    assert table.missing(found, {"scim:A.Bc", "scim:C.D"}) == ["scim:A.B"]
    assert table.missing(found, {"store:A.B", "scim:C.D/0"}) == ["scim:A.B"]


def test_ctest_is_asked(tmp_path):
    if not shutil.which("cmake"):
        pytest.skip("cmake is not there")
    (tmp_path / "CTestTestfile.cmake").write_text('add_test([=[scim:A.B]=] "true")\nadd_test("system:c" "true")\n')
    assert table.ctest_names(tmp_path) == {"scim:A.B", "system:c"}
    assert not list(pathlib.Path(tmp_path).glob("Testing/*/*")), "asking leaves nothing behind"


def test_the_marks_in_the_page_are_needed():
    with pytest.raises(table.Wrong, match="lacks the two marks"):
        table.put_into("no marks", "text")
    page = f"a\n{table.BEGIN}\nold\n{table.END}\nz\n"
    assert table.put_into(table.put_into(page, "new"), "new") == f"a\n{table.BEGIN}\n\nnew\n\n{table.END}\nz\n"
