"""The web page's entry point: run by Streamlit, see `app.ui.command`."""

import streamlit as st

from app.ui import ask_page, documents_page, status_page
from app.ui.components import asset, errors_in_words


def main() -> None:
    """Set the page up and run the chosen part."""
    st.set_page_config(page_title="Footnote", page_icon=asset("icon.svg"), layout="wide")
    st.html(f"<style>{asset('style.css')}</style>")
    dark = st.context.theme.type == "dark"
    st.logo(asset("wordmark-dark.svg" if dark else "wordmark-light.svg"), size="large")
    page = st.navigation(
        [
            st.Page(ask_page.show, title="Ask", icon=":material/chat_bubble:", url_path="ask", default=True),
            documents_page.page(),
            st.Page(status_page.show, title="Status", icon=":material/monitor_heart:", url_path="status"),
        ],
        position="top",
    )
    with errors_in_words("page-error"):
        page.run()


main()
