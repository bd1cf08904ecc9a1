"""Answers to checks, a field for each."""

from collections.abc import Iterable, Mapping

from wtforms import TextAreaField

from ddcat.checks import Finding
from ddcat.records import Answer
from ddcat.web.forms.fields import HouseForm, over, text, tidy
from ddcat.words import _

ANSWER = 1000


def answers_form(findings: Iterable[Finding], answers: Mapping[str, Answer]) -> HouseForm:
    """What is answered to these findings, each under its key."""

    class AnswersForm(HouseForm):
        pass

    said = {finding.key: answers[finding.key].text if finding.key in answers else "" for finding in findings}
    for key in said:
        setattr(AnswersForm, key, TextAreaField(_("Answer"), filters=[tidy], validators=text(ANSWER)))
    return over(AnswersForm, said)
