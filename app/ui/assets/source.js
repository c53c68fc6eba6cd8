function highlight(box, page) {
  const percent = (part, whole) => `${(100 * part) / whole}%`
  const mark = el("div", {
    class: "fn-highlight", "data-testid": "highlight", "data-page": page.number,
    "data-x0": box.x0, "data-y0": box.y0, "data-x1": box.x1, "data-y1": box.y1,
  })
  mark.style.left = percent(box.x0, page.width)
  mark.style.top = percent(box.y0, page.height)
  mark.style.width = percent(box.x1 - box.x0, page.width)
  mark.style.height = percent(box.y1 - box.y0, page.height)
  return mark
}

function picture(page, document_) {
  const image = el("img", {
    src: page.image, alt: `Page ${page.number} of ${document_}`, width: Math.round(page.width), height: Math.round(page.height),
    "data-testid": "page-image", "data-page": page.number, draggable: "false",
  })
  return el("div", { class: "fn-sheet" }, image, ...page.boxes.map((box) => highlight(box, page)))
}

function textPage(page) {
  const parts = page.parts.map((part) => part.marked
    ? el("mark", { "data-testid": "highlight", "data-page": page.number }, part.text) : part.text)
  return el("div", { class: "fn-sheet fn-sheet-text", "data-testid": "page-text", "data-page": page.number }, ...parts)
}

function figure(page, data) {
  const caption = data.pages.length > 1 ? el("figcaption", {}, `Page ${page.number}`) : null
  return el("figure", { class: "fn-page" }, caption, page.image ? picture(page, data.document) : textPage(page))
}

function tool(name, label, action, disabled) {
  return el("button", {
    type: "button", class: "fn-tool", "aria-label": label, title: label, disabled, "data-testid": `source-${name}`, onclick: action,
  }, icon(name))
}

function zoom(event) {
  const panel = event.currentTarget.closest(".fn-source")
  const larger = panel.classList.toggle("fn-larger")
  event.currentTarget.setAttribute("aria-pressed", String(larger))
  showQuote(panel)
}

function header(data, act) {
  const back = el("button", { type: "button", class: "fn-button", "data-testid": "source-back", onclick: () => act("page", 0) },
    icon("quote"), "Back to the quote")
  const title = el("div", { class: "fn-source-title" },
    el("p", { class: "fn-source-label" }, data.label),
    el("h2", { id: "fn-source-name" }, data.document),
    el("p", { class: "fn-source-where", "data-testid": "source-where" }, data.where),
    data.away ? null : el("p", { class: "fn-quote fn-source-quote" }, data.quote))
  const tools = el("div", { class: "fn-tools" }, data.away ? back : null,
    tool("zoom", "Larger page", zoom, false),
    tool("previous", "Previous page", () => act("page", data.previous), data.previous < 1),
    tool("next", "Next page", () => act("page", data.next), data.next < 1),
    tool("close", "Close the source", () => act("close", true), false))
  return el("header", { class: "fn-source-header" }, title, tools)
}

function showQuote(root) {
  const view = root.querySelector(".fn-pages")
  const first = root.querySelector('[data-testid="highlight"]')
  if (!first) { view.scrollTop = 0; return }
  const [mark, frame] = [first.getBoundingClientRect(), view.getBoundingClientRect()]
  view.scrollTop += mark.top - frame.top - view.clientHeight / 3
  view.scrollLeft += mark.left - frame.left - 24
}

function build(root, data, act) {
  const error = data.error ? el("div", { class: "fn-box", role: "status" }, icon("info"), el("p", {}, data.error)) : null
  const pages = el("div", { class: "fn-pages", tabindex: "0", role: "region", "aria-label": `Pages of ${data.document}` },
    error, ...data.pages.map((page) => figure(page, data)))
  const panel = el("aside", {
    class: "fn-source", role: "dialog", "aria-labelledby": "fn-source-name", tabindex: "-1", "data-testid": "source",
  }, header(data, act), pages)
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") act("close", true) })
  root.replaceChildren(panel)
}

// Tell whoever opened the source that it may take the focus back.
function returnFocus(anchor) {
  const pressed = document.querySelector(`[data-testid="footnote"][aria-pressed="true"], [data-anchor="${anchor}"][aria-pressed="true"]`)
  pressed?.focus({ preventScroll: true })
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".fn-root")
  if (!changed(root, data)) return
  const opened = root.dataset.anchor !== data.anchor + data.document
  root.dataset.anchor = data.anchor + data.document
  const act = (kind, value) => {
    if (kind === "close") returnFocus(data.anchor)
    setTriggerValue(kind, value)
  }
  build(root, data, act)
  showQuote(root)
  const narrow = window.matchMedia("(max-width: 60rem)").matches
  if (opened && narrow) root.querySelector(".fn-source").focus({ preventScroll: true })
}
