"""What is suggested instead of a name that nothing is declared under."""

from service.core.playbook.mistakes import unknown


def test_the_definition_itself_is_never_suggested() -> None:
    known = ["qa_ex_a", "qa_ex_c"]
    assert "qa_ex_a" not in unknown("tag", "/tags/qa_ex_a/when/tag", "qa_ex_b", known).zh
    assert "qa_ex_c" in unknown("tag", "/tags/qa_ex_a/when/tag", "qa_ex_b", known).zh
    assert "qa_ex_a" in unknown("tag", "/services/qa_ex_a/eligible/tag", "qa_ex_b", ["qa_ex_a"]).zh
