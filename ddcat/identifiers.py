"""Warns where a text looks as if it held patient data; evidence says what was seen and where, never who.

It reads shapes and the words around them, so it warns and never decides: docs/patient-data.md says how well.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from ddcat.words import later

KINDS = {
    "birth": later("a date of birth"),
    "record": later("a medical record number"),
    "social": later("a social security number"),
    "name": later("the name of a patient"),
}


@dataclass(frozen=True)
class Suspicion:
    """A stretch of a text, from `start` up to `end`, that looks like patient data of this kind."""

    kind: str
    start: int
    end: int


def suspicions(text: str) -> tuple[Suspicion, ...]:
    """What in this text looks like patient data, in the order of the text and without overlaps."""
    plain, places = _plain(text)
    found = sorted(_found(plain), key=lambda one: (one.start, -one.end))
    told: list[Suspicion] = []
    free_from = 0
    for one in found:
        if one.start >= free_from:
            free_from = one.end
            start, last = places[one.start], places[one.end - 1]
            told.append(Suspicion(one.kind, start, max(last + 1, places[one.end])))
    return tuple(told)


def _plain(text: str) -> tuple[str, list[int]]:
    """The text as the patterns read it, and for each of its signs (and its end) the place in the text.

    Digits and letters of any width become plain ones, accents and invisible signs go, every dash is "-", every
    apostrophe "'", every quotation mark '"', and white space of any kind and length is one line end or one space.
    """
    plain: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for part in unicodedata.normalize("NFKD", sign):
            read = _read(part)
            if read.isspace() and plain and plain[-1].isspace():
                plain[-1] = "\n" if "\n" in (plain[-1], read) else " "
            elif read:
                plain.append(read)
                places.append(place)
    return "".join(plain), [*places, len(text)]


def _read(sign: str) -> str:
    if sign.isspace():
        return "\n" if sign.splitlines() == [""] else " "
    if sign in "'’‘ʼ`":
        return "'"
    if sign in '"“”„«»':
        return '"'
    category = unicodedata.category(sign)
    if category == "Pd" or sign == "−":
        return "-"
    if category in ("Mn", "Cf"):
        return ""
    return str(unicodedata.decimal(sign)) if category == "Nd" else sign


def _found(plain: str) -> Iterator[Suspicion]:
    """Every suspicion, places counted in the plain text. No pattern repeats what itself repeats without limit."""
    for kind, patterns in _PATTERNS.items():
        for pattern in patterns:
            for match in pattern.finditer(plain):
                if not (kind == "birth" and _FOUNDED.search(plain[max(0, match.start() - 40) : match.start()])):
                    yield Suspicion(kind, *match.span())
    for find in (_called, _titled, _described):
        for start, end in find(plain):
            yield Suspicion("name", start, end)


# Dates of birth

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?:19|20)\d\d"
_DAY = r"(?:the )?[0-3]?\d(?:st|nd|rd|th)?"
_WHOLE_DATE = (
    rf"(?:\d{{1,4}} ?[-/.] ?\d{{1,2}} ?[-/.] ?\d{{2,4}}|{_DAY}[ -](?:of )?{_MONTH}(?:,?[ -]{_YEAR}|[ -]\d\d)?"
    rf"|{_MONTH} ?{_DAY}(?:,? ?{_YEAR})?|{_MONTH},? {_YEAR})(?!\d)"
)
_DATE = rf"(?:{_WHOLE_DATE}|(?:\d{{8}}|\d{{6}}|\d{{1,2}}/\d{{1,2}}|{_YEAR}|'\d\d)(?![\d/]))"
_OF_BIRTH = r"(?:\bd\.?o\.?b\b|\b(?:date|day|year) of (?:birth|brith|birht)\b|\bbirth ?-?da(?:te|y)\b|\bb-?day\b)"
_SAID_AS = r"(?: ?\([^()]{0,24}\))?(?:[\s.:;,=#(-]|\b(?:is|was|as|listed|recorded|given|noted|shown|on file)\b){0,8}"
_FOUNDED = re.compile(
    r"\b(?:program|agency|clinic|service|house|unit|group|track|project|partnership|idea)s?"
    r" (?:(?:that )?(?:was|were) )?$",
    re.I,
)

# Numbers: a value has digits, single signs between them, and sometimes letters before them.

_NUMBER = r"(?:no\b\.?|nr\b\.?|num\b\.?|number\b|#|id\b)"
_NO_DATE = r"(?!\d{4}-\d\d-\d\d\b)(?!\d{1,4}/\d)"
_THERE = rf"(?: is)?[\s.:#=-]{{0,3}}{_NO_DATE}"
_NO_YEAR = r"(?!(?:19|20)\d\d(?![\d-]))"
_NO_EDITION = r"(?!(?:19|20)\d\d(?:-\d{1,4})?\b)"  # 2025-118 numbers a paper, not a person
_FOUR_DIGITS = r"(?:[A-Z]{1,3}-?)?\d(?:-?\d){3,14}(?![\d/%])"
_FIVE_DIGITS = r"(?:[A-Z]{1,3}-?)?\d(?:-?\d){4,14}(?![\d/%])"
_SPACED_DIGITS = r"(?:[A-Z]{1,3}-?)?\d(?:[-. ]?\d){3,14}(?![\d/%])"
_OF_RECORD = r"\b(?:m\.?r\.?n\b\.?|med(?:ical)?\.?[ -]rec(?:ord)?\b\.?|mr ?#)"
_PATIENT = r"(?:patient|patinet|pateint|client|clinet|cleint|resident|consumer|participant|pt|clt)"

# Social security numbers

_OF_SOCIAL = rf"\b(?:s\.?s\.?n\b\.?|ss ?(?={_NUMBER})|soc(?:ial)?\.?[ -]sec(?:urity)?\b\.?)"
_IS = rf"(?:[\s.:=(-]|{_NUMBER}|\b(?:is|was)\b){{0,6}}"

_PATTERNS = {
    kind: [re.compile(pattern, re.I) for pattern in patterns]
    for kind, patterns in {
        "birth": [
            rf"{_OF_BIRTH}{_SAID_AS}{_DATE}",
            rf"\bborn\b(?:[ :,]|\b(?:on|in)\b){{0,4}}(?:{_WHOLE_DATE}|{_YEAR}(?!\d| ?-| (?:to|or|through)\b))",
            rf"\(b\. ?{_DATE}",
            rf"(?<![\d/.-]){_WHOLE_DATE} ?(?:\(|= ?|as (?:the |his |her )?){_OF_BIRTH}",
        ],
        "record": [
            rf"{_OF_RECORD}[ ,:(]{{0,2}}{_NUMBER}?{_THERE}{_NO_YEAR}{_SPACED_DIGITS}",
            rf"\b(?:chart|record|case|ehr|emr|hospital|medicaid) ?{_NUMBER}{_THERE}{_NO_EDITION}{_FOUR_DIGITS}",
            rf"\b{_PATIENT}'?s?\.? ?{_NUMBER}{_THERE}{_NO_YEAR}{_FOUR_DIGITS}",
            rf"(?<!flow )(?<!org )\b(?:chart|medical record|{_PATIENT}) {_NO_DATE}{_NO_EDITION}{_FIVE_DIGITS}",
        ],
        "social": [
            r"(?<![\d-])\d{3}([-.])\d\d\1\d{4}(?![\d-])",
            r"(?<![\w*])[x*]{3}-[x*]{2}-\d{4}(?!\d)",
            rf"{_OF_SOCIAL}{_IS}(?:\d{{3}}[- .]?\d\d[- .]?|[x*]{{3}}[- ]?[x*]{{2}}[- ]?)\d{{4}}(?!\d)",
            rf"{_OF_SOCIAL} (?:ends|ending)(?: in| with)?{_IS}\d{{4}}(?!\d)",
            rf"\blast (?:four|4)(?: digits)?(?: of)?(?: the| his| her)? {_OF_SOCIAL}{_IS}\d{{4}}(?!\d)",
        ],
    }.items()
}

# Names: capitals beside a word for a patient, or behind Mr. and Ms., that are not ordinary words.

_GIVEN_WORDS = """
aaron abigail adam adrian ahmed aisha alan albert alejandro alex alexander alexis alfred ali alice alicia
alison allen alyssa amanda amy ana andre andrea andrew angela angelica anita ann anna anne annie anthony
antonio ariana arthur ashley audrey barbara beatrice ben benjamin bernard beth betty beverly billy bob bobby
bonnie brad bradley brandon brenda brent brian brianna brittany bruce bryan caleb calvin cameron carl carla
carlos carmen caroline carolyn carrie catherine cathy cecilia charles charlie charlotte cheryl chloe chris
christina christine christopher cindy claire clara clarence connie corey courtney craig curtis cynthia dan
daniel danielle danny darlene darnell darrell darren dave david deborah debra dennis derek deshawn diana diane
diego dolores dominic donald donna doris dorothy doug douglas duane dustin dwayne eddie edgar edith eduardo
edward edwin eileen elaine eleanor elena elijah elizabeth ella ellen emily emma enrique eric erica erik erin
ernest esther ethan eugene eva evan evelyn fatima felicia felix fernando florence frances francis francisco
fred gabriel gabriela gary george gerald gina gladys glenn gloria gordon greg gregory guadalupe hannah harold
harry heather hector heidi helen henry holly howard ian ibrahim irene isaac isabel isabella ivan jacob
jacqueline jake jamal james jamie jane janet janice jared jasmine jason javier jeff jeffrey jenna jennifer
jenny jeremy jermaine jerome jerry jesse jessica jesus jim jimmy joan joanna joe joel john johnny jon jonathan
jorge jose joseph joshua joyce juan juanita judith judy julia julian julie justin karen karl katelyn katherine
kathleen kathryn kathy katie keisha keith kelly kelsey kendra kenneth kevin kim kimberly kristen kristin kyle
lamar larry latoya laura lauren lawrence leah lena leo leon leonard leroy leslie linda lisa lori louis louise
lucas lucia lucy luis luke luz lydia lynn mackenzie madison malik manuel marc marcia marco marcus margaret
maria marie marilyn mario marisol marjorie martha martin marvin mary matthew maureen maurice megan melanie
melissa mia michael michele michelle miguel mike mildred mohamed mohammed molly monica morgan muhammad nancy
naomi natalie nathan nathaniel neil nicholas nick nicole nina noah norma norman olivia omar oscar pamela
patricia patrick paul paula pedro peggy peter phil philip phillip phyllis priscilla rachel rafael ralph ramon
randy raul raymond rebecca regina renee ricardo richard ricky rita robert roberto rodney roger roland ronald
ronnie rosa rosario rosemary roy ruben russell ruth ryan sabrina samantha samuel sandra sara sarah scott sean
sergei sergio seth shane shannon sharon shaun shawn sheila shelly shirley silvia sofia sophia stacy stanley
stella stephanie stephen steve steven stuart susan suzanne sylvia tamara tammy tanya tara tasha ted teresa
terrence terry theodore theresa thomas tiffany tim timothy tina todd tom tommy tony tracy travis trevor tyler
tyrone valerie vanessa veronica vicki victor victoria vincent vivian wanda wayne wendy wesley william willie
xavier yolanda yvonne zachary
"""
_GIVEN = frozenset(_GIVEN_WORDS.split())
_ORDINARY_WORDS = """
a access account acknowledgment address admissions advisory advocate african agreement alcohol all american an
and anger antabuse anxiety any appeal april arabic are as asian ask assistant at august bank basic beds
behavior behavioral bill black board book both box brief brochure but by calendar card care case census center
centered chart charter charts check checklist child choice clinic clinical club cocaine code coffee college
columbia comment committee complaint conduct consent contact contract core council county court creole crisis
curriculum dashboard data day days december department depression desk diagnosis director discharge disorder
doctor dr drug each education emergency english entry evening every excel exit expectations experience face
family february fee feedback felt fentanyl file finances first flow flyer folder follow for form forms french
friday from fund goal goals grievance group groups guide guidelines had haitian handbook handout has he health
help her heroin his history home hope hours house how hub i id if impact in index individual information
intake interview interviews inventory is issues it its january journal journey july june kit korean lab
language latina latino laws leaflet letter level liaison library life list lithium log lounge mail manager
manual map march matrix may medicaid medical medicare medicine medicines meeting meetings mental menu meth
mission model monday month monthly most motivation my name native needs new news newsletter night no none not
notes nothing notice november nurse october office officer on one only opioid or our outcome outcomes outlook
outreach packet page pamphlet peer phase plan plans policy portal poster posters primary privacy problem
process profile program progress protection protocol provider prozac quality questionnaire record records
recovery referral referrals register release report research resource resources review rights risk role room
roster rule rules russian safe safety saturday scale schedule score screen screening see self september
seroquel services she sheet site skills so social some source speech staff stage stages statement status story
stress study sublocade substance suicide summary sunday support survey system table teaching team teams
template test that the their them then therapist therapy there these they this those thursday time to toolkit
tour tracker training transfer transport treatment trust tuesday two under unit use van veterans video view
visit vivitrol voice wait ward was we wednesday week weekly welcome wellness were what wheel when where which
white who with women word work workbook worksheet workshop yes you young your youth zoloft zoom zyprexa
"""
_ORDINARY = frozenset(_ORDINARY_WORDS.split())
_ORDINARY_END = re.compile(
    r"(?:[ts]ion|ment|ness|ity|ance|ence|ing|ship|ology|ical|ive|ative|able|ful|less|ized|ish|ics|ures?|ates?"
    r"|done|oxone|phine|apine|etine|aline|zepam|zolam)s?$"
)
_NO_INITIAL_WORDS = "aa am dc dx ed er hi hr hx id iv la md mh mi na np ot pa pm pt rn rx si su tb tx ua us va"
_NO_INITIALS = frozenset(_NO_INITIAL_WORDS.split())
_STAFF = (
    r"(?:[a-z]*director|supervisor|manager|nurse|counsell?or|therapist|clinician|coordinator|specialist|psychiatrist"
    r"|psychologist|prescriber|physician|doctor|worker|receptionist|administrator|officer|navigator|advocate|consultant"
    r"|trainer|teacher|chaplain|lcsw|lmsw|msw|lpc|lmft|rn|lpn|np|aprn|md|phd|psyd|cadc|ladc|ceo|cfo)"
)

_PERSON = re.compile(rf"(?<![\w-]){_PATIENT}(s?)(?![\w-])(?:'s|(?<=[lp]t)\.)?", re.I)
_THEN = re.compile(
    r"(?: (?:full )?names?\b| named\b| called\b| initials\b)?(?:,? is\b)?(:\n|[:,( \"-]{1,3})"
    r"(?!(?:[an]\.a|[ap]\.m|[ei]\.d|i\.v|e\.r|u\.s|m\.d|r\.n|d\.c)\.)",
    re.I,
)
_TITLE = re.compile(r"(?<![\w.])(?:M(?:r|rs|s|x)\b\.?|Miss|mrs?\b\.?|ms\.|MRS?\b\.?) ")
_DESCRIBED = re.compile(
    rf" ?\((?:(?:an?|the|our|former) ){{0,2}}{_PATIENT}\)"
    rf"|, (?:an?|the|our|one|another) (?:former |current )?{_PATIENT}(?=[,;.)]| who\b| is\b| was\b|$)",
    re.I,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z']{0,20}\.?")
_WORDS = re.compile(rf"{_WORD.pattern}(?:(?:[ -]|, |(?<=\.)){_WORD.pattern}){{0,4}}")
_WORDS_BEFORE = re.compile(r"(?:[A-Z][A-Za-z']{0,20}\.? ){0,2}[A-Z][A-Za-z']{0,20}\.?$")
_VERB = re.compile(
    r"'s\b| (?:is|was|has|had|said|says|told|asked|asks|stated|states|reported|reports|felt|feels|left|came|missed"
    r"|described|describes|refused|did|does|attended|wants|wanted|showed|got|received)\b"
)
_IS_STAFF = re.compile(rf"{_STAFF}s?")
_STAFF_BEFORE = re.compile(rf"\b{_STAFF}[,:]? $", re.I)
_STAFF_AFTER = re.compile(
    rf" ?[,(] ?(?:[\w-]+ ){{0,3}}{_STAFF}\b| (?:co-)?(?:prescribes|supervises|leads|runs|teaches|trains|chairs)\b",
    re.I,
)

# How a run of words is told to be a name, a letter a word: g a given name, i an initial with its dot, c capitals
# only, o an ordinary word, u a word that is none of these and begins with a capital, x any other word.
_NAME = re.compile(r"(?:g|ii|i[gu]|u[gi]|[uc],g|uu(?!uu|[gui]*o))[gui]*")
_NAME_OF_SEVERAL = re.compile(r"g[gui]*")
_NAME_BEHIND_TITLE = re.compile(r"(?:[guc]|i[guc])[gui]*")


def _called(plain: str) -> Iterator[tuple[int, int]]:
    """Names behind a word for a patient: "client Mary O'Neil", "pt. R. G.", "the patient, Anna Kowalski"."""
    for person in _PERSON.finditer(plain):
        if then := _THEN.match(plain, person.end()):
            words = _words(plain, then.end())
            end = _name_end(words, _NAME_OF_SEVERAL if person[1] else _NAME)
            if not end and not person[1] and then[1] == " " and words and _acts(words[0]):
                end = _end(words[0])
            if end:
                yield person.start(), end


def _titled(plain: str) -> Iterator[tuple[int, int]]:
    """Names behind Mr., Mrs., Ms., Miss or Mx., unless the words around them say that this is staff."""
    for title in _TITLE.finditer(plain):
        words = _words(plain, title.end())
        end = _name_end(words, _NAME_BEHIND_TITLE)
        if title[0].islower() and words and len(_bare(words[0])) > 2 and not _is_ordinary(words[0]):
            end = end or _end(words[0])
        staff = _STAFF_BEFORE.search(plain[max(0, title.start() - 30) : title.start()])
        if end and not staff and not _STAFF_AFTER.match(plain, end):
            yield title.start(), end


def _described(plain: str) -> Iterator[tuple[int, int]]:
    """Names before the words that make them a patient's: "John S. (patient)", "Jane Miller, a client, said"."""
    for description in _DESCRIBED.finditer(plain):
        begin = max(0, description.start() - 66)
        if before := _WORDS_BEFORE.search(plain[begin : description.start()]):
            words = _words(plain, begin + before.start(), description.start())
            for number, word in enumerate(words):
                if _NAME.fullmatch(_letters(words[number:])):
                    yield word.start(), description.end()
                    break


def _acts(word: re.Match[str]) -> bool:
    """Whether this one word, perhaps two initials, stands like a name: "Kowalski was", "JM stated"."""
    letter = _letter(word)
    like_a_name = letter == "u" or (letter == "c" and len(_bare(word)) == 2)
    return like_a_name and bool(_VERB.match(word.string, _end(word)))


def _words(plain: str, start: int, end: int = sys.maxsize) -> list[re.Match[str]]:
    """The words, five at most, that follow each other from this place on."""
    run = _WORDS.match(plain, start, end)
    return list(_WORD.finditer(plain, start, run.end())) if run else []


def _name_end(words: list[re.Match[str]], pattern: re.Pattern[str]) -> int:
    """Where the name ends with which these words begin, 0 when they begin with none."""
    name = pattern.match(_letters(words))
    if not name:
        return 0
    return _end(words[len(name[0].replace(",", "")) - 1])


def _letters(words: list[re.Match[str]]) -> str:
    """A letter for what each word is, and a comma where one stands between two words."""
    return "".join(
        "," * (word.string[word.start() - 2 : word.start()] == ", " and n > 0) + _letter(word)
        for n, word in enumerate(words)
    )


def _letter(word: re.Match[str]) -> str:
    bare = _bare(word)
    if bare.lower() in _GIVEN:
        return "g"
    if not bare[0].isupper():
        return "x"
    if len(bare) == 1:
        return "i" if word[0].endswith(".") else "x"
    if _is_ordinary(word):
        return "o"
    return "c" if bare.isupper() else "u"


def _is_ordinary(word: re.Match[str]) -> bool:
    small = _bare(word).lower()
    known = small in _ORDINARY or small in _NO_INITIALS
    return known or bool(_ORDINARY_END.search(small) or _IS_STAFF.fullmatch(small))


def _end(word: re.Match[str]) -> int:
    """Where the word ends, without the dot of a sentence or the s of a genitive."""
    return word.end() if _letter(word) == "i" else word.start() + len(_bare(word))


def _bare(word: re.Match[str]) -> str:
    return word[0].rstrip(".").removesuffix("'s").rstrip("'")
