"""Lists of links, routes, steps and assumptions: like every list, with the way between them above."""

from components.web.lists import ListPage


class SupplyChainList(ListPage):
    """One of them."""

    template_name = "components/routes/list.html"
