"""The HTML page: whole, escaped, and without a single address to fetch."""

import base64
import re
from html.parser import HTMLParser

import pandas as pd
from matplotlib.figure import Figure

from skxpresso._utils.page import html_page


class Balance(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_page_is_well_formed_escaped_and_self_contained():
    figure = Figure()
    figure.subplots().plot([0, 1])
    table = pd.DataFrame({"model": ["<b>"], "r2": [0.123456]})
    page = html_page("A & B", {"Table": table, "Picture": figure, "Note": "1 < 2"})
    balance = Balance()
    balance.feed(page)
    assert balance.open == []
    assert "A &amp; B" in page
    assert "&lt;b&gt;" in page
    assert "0.1235" in page
    assert "1 &lt; 2" in page
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(addresses) == 1
    assert addresses[0].startswith("data:image/png;base64,")
    picture = re.search(r"data:image/png;base64,([^\"]+)", page).group(1)
    assert base64.b64decode(picture).startswith(b"\x89PNG")


def test_a_picture_shrinks_only_so_far_as_it_can_be_read():
    page = html_page("A", {"Wide": Figure(figsize=(10, 2)), "Narrow": Figure(figsize=(5, 4))})
    assert re.findall(r'<div class="picture"><img alt="" style="(.*?)"', page) == [
        "min-width: 600px",
        "min-width: 300px",
    ]
    assert ".picture { overflow-x: auto; }" in page
