"""What the documents promise is true."""

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ddcat import access, cli
from ddcat.access import Act, Role
from ddcat.instrument import (
    Band,
    Check,
    Criterion,
    Dimension,
    Focus,
    Guide,
    Instrument,
    Item,
    RatingScale,
    Scoring,
    Share,
)
from ddcat.web import DEFAULTS
from ddcat.web.forms.people import ROLES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("*/*.md")])
SPOKEN = "".join(
    path.read_text(encoding="utf-8")
    for path in [*ROOT.glob("templates/**/*.html"), *ROOT.glob("ddcat/**/*.py"), *ROOT.glob("ddcat/demo/*.toml")]
)
# A word in the table of roles, and what whoever holds the role may do then; without the word, not.
DEEDS = {
    "adds": Act.ADD_AGENCY,
    "invites": Act.INVITE_AGENCY,
    "disables": Act.ADMINISTER,
    "starts": Act.START,
    "rates": Act.RATE,
    "seals": Act.SEAL,
    "amends": Act.AMEND,
    "drafts": Act.SEE_DRAFT,
    "sealed": Act.SEE_SEALED,
    "trail": Act.READ_TRAIL,
    "erases": Act.ERASE,
    "chooses": Act.PLAN,
    "works": Act.WORK,
    "actions": Act.SEE_ACTION,
}
OWNER = "owner of an action"
MODELS = (Instrument, RatingScale, Scoring, Criterion, Band, Focus, Dimension, Item, Share, Guide, Check)


@pytest.mark.parametrize("name", cli.main.commands)
def test_the_readme_names_every_command_with_its_real_help(name: str) -> None:
    help = cli.main.commands[name].help or ""
    assert f"| `ddcat {name}` | {help.splitlines()[0]} |" in README


def test_the_readme_names_no_command_that_is_not_there() -> None:
    assert set(re.findall(r"^\| `ddcat (\w+)`", README, re.M)) == set(cli.main.commands)


def roles() -> dict[str, str]:
    """The README's table of roles: what each may do, by its name."""
    table = README.partition("| role | what it may do |")[2].partition("\n\n")[0]
    return dict(re.findall(r"^\| ([a-z ]+) \| (.+) \|$", table, re.M))


def test_the_readme_names_every_role_and_no_other() -> None:
    assert set(roles()) == {ROLES[role].partition(":")[0].lower() for role in Role} | {OWNER}
    held = {role for allowed in access.MAY.values() for role in allowed}
    assert {role.removesuffix(access.HERE) for role in held - {access.OWNER_HERE}} == set(Role)
    assert access.OWNER_HERE in held


@pytest.mark.parametrize("role", Role)
def test_the_readme_says_of_a_role_what_the_table_allows(role: Role) -> None:
    said = roles()[ROLES[role].partition(":")[0].lower()]
    held = frozenset({role, role + access.HERE})
    told = {word for word in DEEDS if re.search(rf"\b{word}\b", said)}
    assert told == {word for word, act in DEEDS.items() if access.may(act, held)}


def test_the_readme_says_what_the_owner_of_an_action_may_do() -> None:
    acts = {act for act in Act if access.may(act, frozenset({access.OWNER_HERE}))}
    assert acts == {Act.SEE_ACTION, Act.WORK}
    assert {"sees", "works"} <= set(re.findall(r"\w+", roles()[OWNER]))


def test_what_the_readme_tells_to_choose_is_there() -> None:
    told = README.partition("## Five minutes")[2].partition("## The command line")[0]
    labels = [" ".join(label.split()) for label in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", told)]
    assert len(labels) > 10
    assert [label for label in labels if label not in SPOKEN] == []


def test_every_setting_of_mail_and_single_sign_on_is_named_where_it_is_explained() -> None:
    sso = (ROOT / "docs" / "single-sign-on.md").read_text(encoding="utf-8")
    for begin, document in (("MAIL_", README), ("OIDC_", sso)):
        settings = {f"DDCAT_{name}" for name in DEFAULTS if name.startswith(begin)}
        assert settings
        assert set(re.findall(rf"DDCAT_{begin}\w+", document)) == settings


def test_every_module_is_in_find_your_room() -> None:
    rooms = {path.name for path in (ROOT / "ddcat").iterdir() if path.suffix == ".py" or path.is_dir()}
    named = set(re.findall(r"^\| `ddcat/([\w.]+)/?`", README, re.M))
    assert named == rooms - {"__init__.py", "__main__.py", "__pycache__", "_data"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_local_link_and_picture_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("model", MODELS)
def test_every_key_of_an_instrument_file_is_explained(model: type[Instrument]) -> None:
    explained = set(re.findall(r"`\[*([\w.]+)", (ROOT / "instruments" / "README.md").read_text(encoding="utf-8")))
    keys = {field.alias or name for name, field in model.model_fields.items()}
    assert keys - {path.rsplit(".")[-1] for path in explained} == set()


@pytest.mark.parametrize("name", cli.main.commands)
def test_every_command_explains_itself_and_each_of_its_options(name: str) -> None:
    shown = CliRunner().invoke(cli.main, [name, "--help"])
    assert shown.exit_code == 0
    options = [param for param in cli.main.commands[name].params if isinstance(param, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_the_changelog_speaks_of_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (Unreleased|\d)", changelog, re.M)
