"""Assessments: start, overview, cover sheet, seal, result, amend, delete and bring back."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from hashlib import sha256

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import (
    actions,
    charts,
    choosing,
    evidence,
    facts,
    panel,
    planning,
    published,
    report,
    scoring,
    shelf,
    store,
    verifying,
)
from ddcat.access import Act, Held, Role, may
from ddcat.checks import REFUSES, unanswered
from ddcat.choosing import Suggestion
from ddcat.progress import known_to, own, progress
from ddcat.records import Assessment, Program
from ddcat.shelf import Volume
from ddcat.store import assessments, links, programs, records, sealing
from ddcat.store.sealing import Changed
from ddcat.web import alongside, checks, deliveries, hidden, overruled, raters
from ddcat.web.forms.facts import PERIODS, amend_form, cover_form, known, start_form
from ddcat.web.forms.fields import wanted
from ddcat.web.session import db, person
from ddcat.web.volumes import guide_of, instrument_of
from ddcat.words import _

bp = Blueprint("assessments", __name__)


@bp.route("/programs/<ref>/assessments/new", methods=["GET", "POST"])
def new(ref: str) -> ResponseReturnValue:
    """Begin an assessment of a program."""
    program = programs.get(db(), person(), ref)
    volumes = shelf.newest()
    every = assessments.of_program(db(), person(), ref)
    sealed = actions.standing(every)
    follows = _follows(volumes, sealed)
    form = start_form(
        [volume.instrument for volume in volumes],
        _suggestion(volumes, program, every),
        follows,
        date.today(),
        _kinds(program.held),
        _last(volumes, sealed),
    )
    if form.validate_on_submit():
        chosen = next(volume for volume in volumes if volume.instrument.name == form.instrument.data)
        assessment_ref = assessments.start(
            db(),
            person(),
            ref,
            (chosen.checksum, chosen.instrument.name, chosen.data),
            assessed_on=form.assessed_on.data.isoformat(),
            kind=form.kind.data,
            rater=form.rater.data,
            period=form.period.data or follows[chosen.instrument.name],
            carry_from=form.carry.data if "carry" in form else None,
        )
        overruled.log(form, "assessment", assessment_ref)
        return redirect(url_for(".show", ref=assessment_ref))
    links = {each.instrument.name: url_for("instruments.show", name=each.instrument.name) for each in volumes}
    page = render_template("pages/start.html", form=form, program=program, volumes=volumes, links=links)
    return page, wanted(form)


@bp.get("/assessments/<ref>")
def show(ref: str) -> ResponseReturnValue:
    """Where an assessment stands and what comes next; a sealed one shows its result."""
    assessment = assessments.get(db(), person(), ref)
    if assessment.is_sealed:
        return redirect(url_for(".result", ref=ref))
    instrument = instrument_of(assessment)
    how_far = known_to(instrument, assessment, person().ref)
    rateable = [item for item in how_far.open if assessment.may_rate(item.id)] if how_far else []
    return render_template(
        "pages/assessment.html",
        assessment=assessment,
        instrument=instrument,
        own=own(assessment, person().ref),
        open_invitations=assessment.is_alone
        and may(Act.NAME_RATERS, assessment.held)
        and links.open_in(db(), "assessment", ref),
        progress=how_far,
        next=rateable[0] if rateable else None,
        is_ready=not assessment.is_alone and progress(instrument, assessment.ratings).is_complete,
        given=lambda rater: raters.given(instrument, rater),
        overdue=raters.overdue,
    )


@bp.route("/assessments/<ref>/cover", methods=["GET", "POST"])
def cover(ref: str) -> ResponseReturnValue:
    """Who rated when, from which sources."""
    assessment = assessments.get(db(), person(), ref)
    form = cover_form(assessment, date.today(), _kinds(assessment.held))
    if form.validate_on_submit():
        assessments.change_cover(
            db(),
            person(),
            ref,
            assessed_on=form.assessed_on.data.isoformat(),
            kind=form.kind.data,
            rater=form.rater.data,
            period=form.period.data,
            cover=known(form, facts.COVER),
        )
        overruled.log(form, "assessment", ref)
        flash(_("Saved."))
        return redirect(url_for(".show", ref=ref))
    if assessment.is_sealed or assessment.deleted_at:
        return redirect(url_for(".show", ref=ref))
    values = {"assessment": assessment, "instrument": instrument_of(assessment), "form": form, "blocks": facts.COVER}
    drawn_from = {"sources": evidence.sources(assessment.evidence)}
    return render_template("pages/cover.html", **values, drawn_from=drawn_from), wanted(form)


@bp.route("/assessments/<ref>/seal", methods=["GET", "POST"])
def seal(ref: str) -> ResponseReturnValue:
    """Complete and freeze; an assessment with open items is refused with links to each."""
    assessment = assessments.get(db(), person(), ref)
    if assessment.is_sealed:
        return redirect(url_for(".result", ref=ref))
    if assessment.is_alone:
        flash(_("Raters rate alone. The assessment can be sealed when all have submitted and agreed."))
        return redirect(url_for(".show", ref=ref))
    instrument = instrument_of(assessment)
    how_far = progress(instrument, assessment.ratings)
    result = scoring.score(instrument, assessment.ratings)
    found = checks.of(assessment, instrument)
    refused = [finding for finding in found if finding.severity == REFUSES]
    is_confirmed = request.form.get("carried") == "yes"
    is_told = not assessment.carried or is_confirmed
    if how_far.is_complete and not refused and is_told and request.form.get("seen") == _fingerprint(assessment):
        with suppress(Changed):
            record = verifying.record(instrument, assessment, by=person().ref, at=store.now())
            sealing.seal(db(), person(), assessment, record, with_carried=is_confirmed)
            flash(_("Sealed. The content can no longer change; an amendment makes a new edition."))
            return redirect(url_for(".result", ref=ref))
    page = render_template(
        "pages/seal.html",
        assessment=assessment,
        instrument=instrument,
        progress=how_far,
        result=result,
        evidenced=evidence.result(instrument, assessment),
        seen=_fingerprint(assessment),
        refused=refused,
        found=found,
        unanswered=unanswered(found, assessment.answers),
        changed=request.method == "POST" and how_far.is_complete and not refused and is_told,
        untold=request.method == "POST" and not is_told,
    )
    return page, 422 if request.method == "POST" else 200


@bp.get("/assessments/<ref>/result")
def result(ref: str) -> ResponseReturnValue:
    """Where the program stands, by both methods; provisional while items are open."""
    assessment = hidden.refuse(assessments.get(db(), person(), ref))
    instrument = instrument_of(assessment)
    scored = scoring.score(instrument, assessment.ratings)
    carried = evidence.as_evidenced(instrument, assessment)
    return render_template(
        "pages/result.html",
        assessment=assessment,
        instrument=instrument,
        result=scored,
        evidenced=scoring.score(instrument, carried),
        as_evidenced=carried,
        line=charts.line(instrument),
        progress=progress(instrument, assessment.ratings),
        strengths=planning.strengths(instrument, assessment.ratings),
        nearest=planning.nearest(instrument, assessment.ratings),
        level=planning.next_level(instrument, scored),
        guide=guide_of(instrument.name),
        blocks=facts.COVER,
        fact_blocks=facts.AGENCY + facts.PROGRAM,
        agreement=panel.of_raters(instrument, assessment),
        gaps=panel.leader_gaps(instrument, assessment),
        own_results=panel.own_results(instrument, assessment),
        findings=checks.of(assessment, instrument),
        differences=panel.differences(instrument, assessment),
        is_intact=not assessment.is_sealed or records.is_intact(db(), ref),
        has_earlier=deliveries.has_earlier(assessment),
        figures=published.of(instrument.id),
        beside=alongside.beside(assessment, instrument),
    )


@bp.get("/assessments/<ref>/record.json")
def export(ref: str) -> ResponseReturnValue:
    """The sealed record, with all that it takes to verify it without this program."""
    assessment = assessments.get(db(), person(), ref)
    if not assessment.is_sealed:
        raise store.Missing(ref)
    name = report.file_name(assessment.program, assessment.assessed_on, "record")
    disposition = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    return Response(records.export(db(), person(), ref), mimetype="application/json", headers=disposition)


@bp.route("/assessments/<ref>/amend", methods=["GET", "POST"])
def amend(ref: str) -> ResponseReturnValue:
    """Begin a new edition of a sealed assessment, with the reason; the old one stays."""
    assessment = assessments.get(db(), person(), ref)
    if not assessment.is_sealed:
        return redirect(url_for(".show", ref=ref))
    if assessment.amended_by:
        flash(_("An amendment of this edition was begun before; this is it."))
        return redirect(url_for(".show", ref=assessment.amended_by))
    form = amend_form()
    if form.validate_on_submit():
        new_ref = assessments.amend(db(), person(), ref, form.reason.data)
        overruled.log(form, "assessment", new_ref)
        flash(_("This is the amendment: a draft that begins as a copy. The sealed edition stays as it is."))
        return redirect(url_for(".show", ref=new_ref))
    page = render_template("pages/amend.html", assessment=assessment, instrument=instrument_of(assessment), form=form)
    return page, wanted(form)


@bp.post("/assessments/<ref>/delete")
def delete(ref: str) -> ResponseReturnValue:
    """Put a draft aside; the program's page offers the way back."""
    assessment = assessments.get(db(), person(), ref)
    assessments.delete(db(), person(), ref)
    flash(_("The draft is deleted. You can bring it back below, under “Deleted drafts”."))
    return redirect(url_for("programs.show", ref=assessment.program_ref))


@bp.post("/assessments/<ref>/restore")
def restore(ref: str) -> ResponseReturnValue:
    """Bring a deleted draft back."""
    assessments.restore(db(), person(), ref)
    flash(_("The draft is back."))
    return redirect(url_for(".show", ref=ref))


def _suggestion(volumes: list[Volume], program: Program, every: list[Assessment]) -> Suggestion | None:
    """The instrument to begin with: that of the newest assessment, or what the facts speak for."""
    last = next((instrument_of(each).id for each in reversed(every) if not each.deleted_at), "")
    return choosing.suggestion(volumes, program.facts, program.agency.facts, last)


def _follows(volumes: Iterable[Volume], sealed: Iterable[Assessment]) -> dict[str, int]:
    """By name of each instrument the time period after the last that was rated with it, whichever version."""
    last: dict[str, int] = {}
    for each in sealed:
        id = instrument_of(each).id
        last[id] = max(last.get(id, 0), each.period or 0)
    offered = [volume.instrument for volume in volumes]
    return {one.name: min(last.get(one.id, 0) + 1, max(PERIODS)) for one in offered}


def _last(volumes: Iterable[Volume], sealed: Iterable[Assessment]) -> dict[str, Assessment]:
    """The last of these sealed assessments by each instrument, whose ratings a new one can begin with."""
    by_checksum = {each.checksum: each for each in sealed}
    return {one.instrument.name: by_checksum[one.checksum] for one in volumes if one.checksum in by_checksum}


def _kinds(held: Held) -> list[str]:
    """The kinds of rater that somebody with these roles may state: a consultant rates as external."""
    return list(facts.KINDS) if Role.DIRECTOR in held else ["external"]


def _fingerprint(assessment: Assessment) -> str:
    """What the person saw before she sealed, down to the last word."""
    return sha256(repr(replace(assessment, deleted_at=None)).encode()).hexdigest()
