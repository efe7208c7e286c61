"""What an answer may look like, and that it is never more than text, however it is written."""

import random

import pytest

from widget.tests.scripted_model import answer

ELEMENTS = {"P", "BR", "STRONG", "EM", "CODE", "PRE", "A", "UL", "OL", "LI", "H3", "BLOCKQUOTE"}
NASTY = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](java\tscript:alert(1))",
    "[click](\x01javascript:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "[click](vbscript:msgbox(1))",
    "[click](file:///etc/passwd)",
    "[click](blob:https://acme.example/1)",
    "![picture](https://evil.example/x.png)",
    "[![nested](x)](javascript:alert(1))",
    "<a href='javascript:alert(1)'>x</a>",
    '[x](https://acme.example/" onmouseover="alert(1))',
    "[x](<https://acme.example/ onclick=alert(1)>)",
    "`<b>code</b>`",
    "```html\n<iframe src=//evil.example></iframe>\n```",
    "&lt;img src=x onerror=alert(1)&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "**bold <i>not</i>**",
    "***_**_***__**",
    "[a](b)[c](d)[e]((((",
    "> > > > > > > > <form action=//evil.example>",
    "- - - - - - - - deep",
    "1. <style>*{display:none}</style>\n2. <base href=//evil.example>",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)}",
    "# Heading\n## <h1>x</h1>\n###### deep",
    "| a | b |\n|---|---|\n| <b>c</b> | d |",
    'https://acme.example/?a=<b>&c="d"',
    "mailto:a@b.example?subject=<x> tel:+1415555",
    "<!-- --><![CDATA[<b>]]><?php echo 1 ?>",
)
PARTS = (
    *("*", "**", "_", "__", "`", "```", "\n", "\n\n", "- ", "1. ", "> ", "### ", "[", "](", ")", "<", ">", "&", '"'),
    *(
        "'",
        " ",
        "  ",
        "a",
        "b",
        "1",
        "\\",
        "!",
        "|",
        "\t",
        "ש",
        "\u200f",
        "😀",
        "\x00",
        "https://acme.example/",
        "a@b.example",
    ),
    *("javascript:", "data:", "tel:1", "<img src=x onerror=alert(1)>", "</p>", "<!--"),
)
# Paints each text with the panel's own painter, growing as a stream does, and reports what isn't allowed. That is
# the panel's own affair, so the module is read once more with an export added.
PAINT = """async ([address, texts, elements]) => {
    const source = await (await fetch(address)).text() + ";export {painter, Panel};";
    const {painter, Panel} = await import(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
    const h = (tag, props, ...children) => {
        const node = document.createElement(tag);
        for (const [name, value] of Object.entries(props ?? {})) {
            if (value != null && value !== false) node.setAttribute(name, value);
        }
        node.append(...children.flat().filter(Boolean));
        return node;
    };
    const link = Panel.prototype.link.bind({app: {h}, t: () => "new tab"});
    const allowed = {A: ["class", "dir", "href", "rel", "target"], OL: ["start"], PRE: ["tabindex"], SPAN: ["class"]};
    const check = (text, node, strange) => {
        for (const one of node.querySelectorAll("*")) {
            const attributes = one.getAttributeNames().filter(name => !(allowed[one.tagName] || []).includes(name));
            const isSafe = one.tagName !== "A" || /^(https?|mailto|tel):/.test(one.href);
            const isKnown = elements.includes(one.tagName) || one.className === "unseen";
            if (!isKnown || !isSafe || attributes.length) strange.push([text, one.outerHTML]);
        }
    };
    const strange = [];
    for (const text of texts) {
        const [grown, whole] = [document.createElement("div"), document.createElement("div")];
        const paint = painter(h, link);
        for (const end of [text.length >> 2, text.length >> 1, text.length]) {
            paint(grown, text.slice(0, end));
            check(text, grown, strange);
        }
        painter(h, link)(whole, text);
        if (whole.innerHTML !== grown.innerHTML) strange.push([text, "differs when it has grown", grown.innerHTML]);
    }
    return strange;
}"""


def jumbled(count):
    """Texts of Markdown's own pieces in no order, the same at every run."""
    chance = random.Random(3)  # noqa: S311
    return ["".join(chance.choices(PARTS, k=chance.randint(3, 60))) for _ in range(count)]


@pytest.fixture
def panel_address(visitor, shop):
    visit = visitor().open()
    address = next(address for address in visit.asked_for if "/panel." in address)
    return visit.page, address


def test_no_text_becomes_markup(panel_address):
    page, address = panel_address

    strange = page.evaluate(PAINT, [address, [*NASTY, *jumbled(1500)], sorted(ELEMENTS)])

    assert strange == []


def test_long_nasty_texts_are_drawn_in_no_time(panel_address):
    page, address = panel_address
    long = [
        part * 1300 for part in ("[", "**a", "*a_", "> ", "- ", "`", "[a](", "_ ", "a@", "https://a.b/(", "![", "1. ")
    ]
    timed = (
        f"async given => {{ const from = performance.now(); await ({PAINT})(given); return performance.now() - from }}"
    )

    took = page.evaluate(timed, [address, long, sorted(ELEMENTS)])

    assert took < 3000


def test_what_may_be_formatted_is(visitor, shop, scripted):
    text = (
        "### Yes\n\nWe **do**, *gladly*, with `code`:\n\n- by post\n- by courier\n\n3. third\n4. fourth\n\n"
        "> quoted\n\n```\nlet x\n```\n\nCall +1 415 555 0100 or write to help@acme.example."
    )
    scripted(answer(content=text))
    visit = visitor().open().ask("Do you deliver?")
    visit.sees("gladly")

    bubble = visit.lines.last.locator("[dir=auto]").first
    assert bubble.locator("h3").inner_text() == "Yes"
    assert bubble.locator("strong").inner_text() == "do"
    assert bubble.locator("em").inner_text() == "gladly"
    assert bubble.locator("p code").inner_text() == "code"
    assert bubble.locator("ul > li").all_inner_texts() == ["by post", "by courier"]
    assert bubble.locator("ol").get_attribute("start") == "3"
    assert bubble.locator("blockquote").inner_text() == "quoted"
    assert bubble.locator("pre").inner_text() == "let x"


def test_visitor_s_own_words_stay_words(visitor, scripted):
    scripted(answer(content="I see."))
    text = "\n".join(one for one in NASTY if one.isprintable())
    visit = visitor().open().ask(text)
    visit.sees("I see.")

    own = visit.lines.nth(1).locator("[dir=auto]").first
    assert own.text_content() == text
    assert own.evaluate("one => one.children.length") == 0
    assert visit.console == []
