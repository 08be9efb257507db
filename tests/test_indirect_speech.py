"""Reported speech: what was said and what was not, who says that it was said, and cues beyond the lexicon."""

from rag.attribution.candidates import probability
from rag.attribution.indirect_speech import possible_attributions
from rag.text.spacy_models import parser
from tests.test_statements import _said, _statements


def test_what_was_not_said_is_no_statement() -> None:
    for text in (
        "Toll could have admitted that the dam was unsafe.",
        "Had Toll said that she was sorry in May, the crisis would be over.",
        "Should Leo Tann say that the dam is safe, nobody will believe him.",
        "Toll should have said that the dam was unsafe.",
        "Toll stopped short of saying that the dam was unsafe.",
        "Leo Tann came close to saying that the dam was unsafe.",
        "Leo Tann left without saying that the dam was unsafe.",
        "Toll avoided saying that the dam was unsafe.",
        "Toll refused to say that she would resign.",
        "Toll declined to say whether she would resign.",
        "Toll has never told voters that the dam is safe.",
        "Toll was expected to say that the dam was safe.",
        "Toll wants to say that the dam is safe.",
        "Minister Odd Lie neither confirmed nor denied that he had left.",
        "Leo Tann would neither confirm nor deny that the dam was unsafe.",
        "Minister Mia Zorn rarely admits that the dam had failed.",
        "Leo Tann nearly admitted that the dam had failed.",
        "Police do not believe that Leo Tann said that the dam was safe.",
        "Nobody thinks that Leo Tann said that the dam was safe.",
        "Whichever way the court rules the council will appeal.",
        "Rejecting claims that the dam was unsafe is easy.",
        "There was no suggestion that the dam was unsafe.",
    ):
        assert _said(text) == [], text


def test_what_nobody_says_is_no_statement() -> None:
    for text in (
        "His popular music show Harbour Nights was first broadcast in 1952.",
        "The pattern of traffic suggests that the dam was not attacked.",
        "An expansion drive saw the debt of the harbour soar.",
        "Lawyers defending former mayor Ana Doral against fraud charges called a witness.",
        "Jan Holm claimed the award while his side won the match.",
        "Keeper Jan Holm denied Leo Tann as he was about to score.",
        "Outlining his plan, Leo Tann left the hall.",
        "The dam is seen as part of the plan.",
        "The council lives in the hope that the dam will hold.",
        "Announcing the plan, Leo Tann left the hall.",
        "Mia Zorn was glad that Leo Tann had said that because she was tired.",
        "The council had disliked the talks of the keepers, called the Orland Rounds, that were held at sea.",
        "Jan Holm had called the trainer to mend his shoe.",
        "The Harbour Council called an emergency session.",
        "Ida Frost left with Bo Vane, a friend of Tom Reed, who has called on members to vote.",
        "Thompson named no names, but was referring to Bo Lund; Mia Zorn testified at length about them.",
        "Mia Zorn left without telling Leo Tann what she thinks of the plan.",
        "Residents Jan Holm and Mia Zorn are finding out that boats are dear.",
        "Leo Tann told The Mirror parts of Orland County got ten inches of rain.",
    ):
        assert _said(text) == [], text


def test_a_clause_beside_what_was_said_is_the_journalists() -> None:
    for text, speaker, content in (
        (
            "That the race “is a dead heat right now,” as Leo Tann said on Monday, only shows how late it is.",
            "Leo Tann",
            "That the race “is a dead heat right now,”",
        ),
        ("Leo Tann called on federal agents to look into it.", "Leo Tann", "called on federal agents to look into it"),
        (
            "The hill was quiet, but was shut in May, according to Leo Tann.",
            "Leo Tann",
            "The hill was quiet, but was shut in May",
        ),
    ):
        assert _said(text) == [(speaker, [content])], text


def test_what_somebody_does_wants_or_sees_is_no_statement() -> None:
    for text in (
        "Harbourgate wants the library to scan the maps.",
        "The Bill proposes control orders for all keepers.",
        "The Harbour Agency proposed new rules for the quay.",
        "Orland County saw the smallest rise in years.",
        "The Gallery has seen a big jump in visitor numbers.",
        "Director Odd Lie favors scope over storytelling.",
        "A jury decided that Norlund must pay the keepers.",
        "Judge Mia Zorn ordered the council to comply.",
        "Leo Tann was discounting warnings from the keepers.",
        "Leo Tann endorsed Mia Zorn.",
        "Both boards have backed the deal.",
        "Leo Tann plans to sell the mill.",
        "Kurvia proved to be resistant to the Toll calls for change.",
    ):
        assert _said(text) == [], text


def test_a_line_without_a_stop_is_a_heading_and_no_statement() -> None:
    for heading in (
        "Sen. Mia Zorn lauds the council's action",
        "Leo Tann says the dam will hold",
        "Harbour Agency warns of higher tides, storms",
    ):
        assert _said(f"{heading}\n\nThe gate was shut on Monday.\n") == [], heading
    assert _said("Leo Tann says the dam will hold.") == [("Leo Tann", ["the dam will hold"])]


def test_hearsay_has_no_speaker() -> None:
    for text, content in (
        ("The dam is said to be unsafe.", "The dam / to be unsafe"),
        ("The keeper was accused of leaving the gate open.", "The keeper / of leaving the gate open"),
        ("It was widely reported that the dam had failed.", "that the dam had failed"),
        ("The vote was moved after reports that the dam had failed.", "that the dam had failed"),
    ):
        [(statement, said)] = _statements(text)
        assert (statement.speaker, " / ".join(said)) == (None, content), text


def test_who_is_blamed_for_saying_something_said_it() -> None:
    text = "The Harbour Party has suspended Leo Tann for suggesting that the dam was unsafe."
    assert ("Leo Tann", ["that the dam was unsafe"]) in [(one.speaker, said) for one, said in _statements(text)]


def test_a_clause_that_hangs_on_a_letter_is_what_its_writer_said() -> None:
    [(statement, said)] = _statements("Leo Tann said in a statement that the dam was unsafe.")
    assert (statement.speaker, said) == ("Leo Tann", ["that the dam was unsafe"])


def test_a_date_is_nothing_said() -> None:
    for text in (
        "Mayor Ann Lode disagreed on Thursday with her staff.",
        "Judge Tor Wall agreed on Friday to step down.",
        "Clerk Ida Moe called on Monday.",
        "For many years the council has argued about the road.",
        "Mayor Ann Lode spoke of late on Sunday.",
        "In March, Leo Tann warned on Tuesday.",
        "Leo Tann insisted on Tuesday.",
        "Leo Tann and Ada Holm agreed on Wednesday morning.",
    ):
        assert _said(text) == [], text


def test_who_says_that_it_was_said_stands_beside_the_speaker() -> None:
    for text, speaker, via in (
        ("Prosecutors allege that Gus Prell said “leave no marks”.", "Gus Prell", "Prosecutors"),
        ("Police say Gus Prell told staff that he would “hit them all one day”.", "Gus Prell", "Police"),
        ("Reuters reported that Gus Prell admitted that he had hit them.", "Gus Prell", "Reuters"),
        ("Milo Hart accused Gus Prell of saying that the guards were weak.", "Gus Prell", "Milo Hart"),
        ("TASS quoted Gus Prell as saying that the guards were weak.", "Gus Prell", "TASS"),
        ("Gus Prell said that the guards were weak, according to Reuters.", "Gus Prell", "Reuters"),
        ("An email from Gus Prell to Milo Hart said that the guards were weak.", "Gus Prell", None),
        ("A report by Gus Prell said that the guards were weak.", "Gus Prell", None),
    ):
        [(statement, _)] = _statements(text)
        assert (statement.speaker, statement.via) == (speaker, via)


def test_an_outlet_and_its_source_make_a_chain() -> None:
    [(statement, _)] = _statements("Reuters reported that police said Gus Prell told staff “leave no marks”.")
    assert (statement.speaker, statement.via) == ("Gus Prell", "Reuters, citing police")


def test_a_claim_within_a_claim_is_shown_with_its_frame() -> None:
    for text in (
        "Milo Hart claims that Gus Prell admitted that he had hit them.",
        "Milo Hart said Gus Prell had told staff that the guards were weak.",
        "A lawsuit says that warden Gus Prell told staff that the guards were weak.",
        "Police believe that Gus Prell told his wife that he had hit them.",
    ):
        for statement, content in _statements(text):
            assert statement.speaker != "Gus Prell" or statement.via is not None, text
            assert statement.speaker == "Gus Prell" or "Prell" in content[0], text


def test_cues_beyond_the_lexicon_are_learned() -> None:
    for text, content in (
        ("Mayor Anna Berg is confident that the harbour will open.", "that the harbour will open"),
        ("Leo Tann is hopeful that the dam is safe.", "that the dam is safe"),
    ):
        assert [said for _, said in _said(text)] == [[content]], text


def test_likelihood_tells_speech_from_deeds() -> None:
    def likeliest(text: str) -> float:
        found = possible_attributions(parser()(text))
        return max((probability(candidate) for candidate in found), default=0.0)

    assert likeliest("Anna Berg said that the dam was safe.") > 0.9
    assert likeliest("Anna Berg painted the old boat.") < 0.3
    assert likeliest("Anna Berg said that the dam was safe.") > likeliest("Anna Berg felt the cold water.")


def test_nobody_else_in_the_sentence_is_taken_for_the_speaker() -> None:
    for text, speaker in (
        ("Leo Tann wanted Bo Lund to pay the keepers and told reporters that the dam was safe.", "Leo Tann"),
        ("Pediatricians CNN spoke with said that the flu was over.", None),
        ("Ida Hart, who wrote it, said: “I am afraid of water.”", "Ida Hart"),
    ):
        assert [found for found, _ in _said(text)] == [speaker], text
