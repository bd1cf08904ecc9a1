"""The form of where a program hosts its answer sheet."""

from ddcat import facts
from ddcat.answers.address import FIELD
from ddcat.records import Program
from ddcat.web.forms.facts import address_field
from ddcat.web.forms.fields import HouseForm, over
from ddcat.words import _

_ADDRESS = next(field for field in facts.fields(facts.PROGRAM) if field.name == FIELD)


def address_form(program: Program) -> HouseForm:
    """The web address, over what is known of it."""

    class AddressForm(HouseForm):
        answers_address = address_field(_(_ADDRESS.label), _(_ADDRESS.hint))

    return over(AddressForm, {FIELD: program.facts.get(FIELD)})
