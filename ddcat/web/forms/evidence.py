"""A line of evidence as a form: what was seen, from which source, where, when, by whom, and what it came to."""

from collections.abc import Mapping
from datetime import date

from wtforms import BooleanField, DateField, Field, Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, ValidationError

from ddcat.display import FINDINGS, source
from ddcat.evidence import SOURCES
from ddcat.instrument import Instrument, Item
from ddcat.records import Evidence
from ddcat.web.forms.fields import LINE, HouseForm, NumberField, over, text, tidy
from ddcat.words import _

SEEN = 1000
MOST = 1_000_000


def evidence_form(instrument: Instrument, item: Item, today: date, seen_by: str, line: Evidence | None) -> HouseForm:
    """A line of evidence for an item, new or over what it says now."""
    names = count_names(item)
    codes = [code for kind in SOURCES.values() for code in kind]

    class EvidenceForm(HouseForm):
        source = SelectField(
            _("Source"),
            choices=[SelectChoice("", _("Choose"))] + [SelectChoice(code, source(code)) for code in codes],
        )
        seen = TextAreaField(
            _("What was seen, read or heard"),
            filters=[tidy],
            validators=text(SEEN),
            description=_("A sentence or two. Never who: no client may be named."),
        )
        place = StringField(
            _("Where"),
            filters=[tidy],
            validators=[DataRequired(_("Enter where it was seen.")), *text(LINE)],
            description=_("For instance: policy binder, page 4; intake desk; ten charts of March."),
        )
        seen_on = DateField(_("When"), validators=[InputRequired(_("Enter the day."))])
        seen_by = StringField(
            _("Seen by"), filters=[tidy], validators=[DataRequired(_("Enter who saw it.")), *text(LINE)]
        )
        finding = RadioField(
            _("What it came to"), choices=[SelectChoice(code, _(said)) for code, said in FINDINGS.items()]
        )
        is_everybody = BooleanField(_("Everybody was counted; this is no sample"))
        supports = SelectField(_("Which rating this supports"), choices=_anchors(instrument, item))

        def validate_source(self, field: Field) -> None:
            if not field.data:
                raise ValidationError(_("Choose a source."))

        def validate_finding(self, field: Field) -> None:
            if (self.source.data or "").startswith("count") and field.data != "count":
                raise ValidationError(_("A count has numbers: choose “Counted”, and enter them."))

        def validate_seen(self, field: Field) -> None:
            if not field.data and self.finding.data != "count":
                raise ValidationError(_("Enter what was seen, read or heard."))

        def validate_seen_on(self, field: Field) -> None:
            if field.data and not date(2000, 1, 1) <= field.data <= today:
                raise ValidationError(_("Enter a day from 2000 on that is not in the future."))

    for name, what in names.items():
        setattr(EvidenceForm, f"count_{name}", NumberField(int, MOST, what, validators=[_counted(name)]))
    of = item.share.of if item.share else _("those that were counted")
    EvidenceForm.n = NumberField(int, MOST, _("Of how many: %(of)s", of=of), validators=[_is_counted])
    everybody = item.share.everybody if item.share else False
    data = {"seen_on": today, "seen_by": seen_by, "finding": "found", "supports": "", "is_everybody": everybody}
    if line:
        same = ("source", "seen", "place", "seen_by", "finding", "n", "is_everybody")
        data = {name: getattr(line, name) for name in same} | {
            "seen_on": date.fromisoformat(line.seen_on),
            "supports": str(line.supports or ""),
            **{f"count_{name}": line.counts.get(name) for name in names},
        }
    return over(EvidenceForm, data) if line else EvidenceForm(data=data)


def count_names(item: Item) -> Mapping[str, str]:
    """What is counted for an item, by the name that the line keeps: the counts of its share, or what was found."""
    if item.share is None:
        return {"found": _("How many")}
    return {name: _("How many %(what)s", what=what) for name, what in item.share.counts.items()}


def told(form: HouseForm, item: Item, line: Evidence | None) -> Evidence:
    """The line that a form says; only a count keeps numbers."""
    is_count = form.finding.data == "count"
    return Evidence(
        ref=line.ref if line else "",
        item=item.id,
        source=form.source.data,
        seen=form.seen.data,
        place=form.place.data,
        seen_on=form.seen_on.data.isoformat(),
        seen_by=form.seen_by.data,
        finding=form.finding.data,
        counts={name: form[f"count_{name}"].data for name in count_names(item)} if is_count else {},
        n=form.n.data if is_count else None,
        is_everybody=bool(is_count and form.is_everybody.data),
        supports=int(form.supports.data) if form.supports.data else None,
        revision=line.revision if line else 0,
    )


def _anchors(instrument: Instrument, item: Item) -> list[SelectChoice]:
    names = instrument.rating.names
    said = [
        (str(rating), f"{rating}: {names[rating]}" if rating in names else str(rating)) for rating in item.ratings
    ]
    return [SelectChoice("", _("The rating that I give")), *(SelectChoice(code, label) for code, label in said)]


def _is_counted(form: Form, field: Field) -> None:
    """Of how many: only where it was counted, and then at least one."""
    if form.finding.data == "count" and not field.errors and not field.data:
        raise ValidationError(_("Enter how many were counted, at least 1."))


def _counted(name: str) -> object:
    def fits(form: Form, field: Field) -> None:
        """A count is there, within the number counted and within the count before it."""
        if form.finding.data != "count" or field.errors:
            return
        if field.data is None:
            raise ValidationError(_("Enter a number, 0 if there was none."))
        names = [each.name for each in form if each.name.startswith("count_")]
        before = names[: names.index(f"count_{name}")]
        most = form[before[-1]].data if before else form.n.data
        if most is not None and field.data > most:
            raise ValidationError(_("This cannot be more than %(most)s.", most=most))

    return fits
