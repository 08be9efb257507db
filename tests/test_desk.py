"""The whole record: every statement that passes the filters, and the true count."""

import pytest

from rag import Assistant, StatementSearch, Wanted


@pytest.fixture(scope="module")
def desk(assistant: Assistant) -> StatementSearch:
    return StatementSearch(assistant.store)


def test_every_statement_is_there_counted_alike_and_a_filter_that_can_find_nothing_says_so(
    desk: StatementSearch, assistant: Assistant
) -> None:
    every = desk.recorded(Wanted())
    assert every.count == assistant.summary().statements == sum(each.statements for each in every.shelf.values())
    with assistant.store.reading() as view:
        people = view.everybody()[:8]
    for person in people:
        said = desk.profile(person.person)
        assert said is not None
        counted = {desk.recorded(Wanted(by=person.person)).count, person.statements, sum(each for _, each in said.said)}
        assert len(counted) == 1, person.person
    recorded = desk.recorded(Wanted())
    assert 0 < recorded.count < len(recorded.statements)
    assert len(recorded.shelf) == 5
    for wanted, words in ((Wanted(by="Nobody Known"), "Nobody on record"), (Wanted(about="the of"), "no word")):
        none = desk.recorded(wanted)
        assert none.statements == (), wanted
        assert words in (none.note or ""), wanted
    statements = desk.recorded(Wanted(by="Lavrov")).statements
    rows = desk.rows(statements)
    assert {row["id"] for row in rows} == {one.id for one in statements}
    assert all(set(row) == set(desk.columns) for row in rows)
