from ingest.parse.registry import parsers


def test_there_is_a_parser_for_each_type() -> None:
    assert set(parsers()) == {"pdf", "docx", "md", "txt"}
