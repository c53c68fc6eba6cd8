function marker(note, open) {
  const label = `Footnote ${note.number}: ${note.document}, ${note.pages}`
  const attributes = {
    type: "button", class: "fn-marker", title: `${note.document}, ${note.pages}`, "aria-label": label,
    "data-testid": "footnote", "data-anchor": `note-${note.number}`, "aria-pressed": "false",
    onclick: () => open("note", note.number),
  }
  return el("sup", {}, el("button", attributes, `[${note.number}]`))
}

// Where the last word begins, so that it and its footnotes stay on one line; the end if that word is very long.
function lastWordAt(text) {
  const start = text.lastIndexOf(" ") + 1
  return text.length - start > 20 ? text.length : start
}

function sentence(view, notes, open, isNew) {
  const cut = lastWordAt(view.text)
  const tail = el("span", { class: "fn-tail" }, view.text.slice(cut), ...view.notes.map((number) => marker(notes.get(number), open)))
  const kind = isNew ? "fn-sentence fn-new" : "fn-sentence"
  return el("span", { class: kind, "data-testid": "sentence" }, view.text.slice(0, cut), tail)
}

function noteItem(note, open) {
  const attributes = {
    type: "button", class: "fn-note", "data-testid": "note", "data-anchor": `note-${note.number}`, "aria-pressed": "false",
    onclick: () => open("note", note.number),
  }
  const head = el("span", { class: "fn-note-head" }, el("span", { class: "fn-note-document" }, note.document),
    el("span", { class: "fn-note-pages" }, note.pages))
  const body = el("span", { class: "fn-note-body" }, head, el("span", { class: "fn-quote" }, note.quote))
  return el("li", {}, el("button", attributes, el("span", { class: "fn-number" }, String(note.number)), body))
}

function passageCard(passage, open) {
  const first = el("summary", {}, el("span", { class: "fn-note-head" },
    el("span", { class: "fn-note-document" }, passage.document), el("span", { class: "fn-note-pages" }, passage.pages)),
    el("span", { class: "fn-excerpt" }, passage.heading || passage.text.slice(0, 140)))
  const button = el("button", {
    type: "button", class: "fn-button", "data-testid": "open-passage", "data-anchor": `passage-${passage.index}`,
    "aria-pressed": "false", onclick: () => open("passage", passage.index),
  }, icon("page"), "Open the page")
  return el("details", { class: "fn-passage", "data-testid": "passage" }, first,
    el("p", { class: "fn-passage-text" }, passage.text), button)
}

function answerParts(data, open, seen) {
  const notes = new Map(data.notes.map((note) => [note.number, note]))
  const text = el("p", { class: "fn-text", "data-testid": "answer" })
  data.sentences.forEach((view, index) => text.append(index ? " " : "", sentence(view, notes, open, index >= seen)))
  const list = el("ol", { class: "fn-notes", "aria-label": "Footnotes" }, ...data.notes.map((note) => noteItem(note, open)))
  return [data.sentences.length ? text : null, data.notes.length ? list : null]
}

function abstention(data, open) {
  const offer = data.passages.length
    ? [el("p", { class: "fn-muted" }, "These passages come nearest. They may help, but they don't answer the question."),
      ...data.passages.map((passage) => passageCard(passage, open))]
    : [el("p", { class: "fn-muted" }, "Nothing in the documents comes near this question.")]
  return [el("p", { class: "fn-abstain", "data-testid": "abstained" }, "The documents don't say."), ...offer]
}

function pendingLine(data) {
  const dots = el("span", { class: "fn-dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"))
  return el("p", { class: "fn-pending", "data-testid": "pending" }, data.message, dots)
}

function body(data, open, seen) {
  if (data.state === "failed") {
    return [el("div", { class: "fn-box fn-box-error", role: "alert", "data-testid": "error" }, icon("failed"), el("p", {}, data.message))]
  }
  if (data.state === "abstained") return abstention(data, open)
  return [...answerParts(data, open, seen), data.state === "pending" ? pendingLine(data) : null]
}

function question(data) {
  const within = data.within ? el("span", { class: "fn-within" }, `Only in: ${data.within}`) : null
  return el("div", { class: "fn-question" }, el("span", { class: "fn-hidden" }, "You asked: "),
    el("span", { class: "fn-question-text", "data-testid": "question" }, data.question), within)
}

function build(root, data, open) {
  const seen = Number(root.dataset.seen || 0)
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.anchor : undefined
  const testid = document.activeElement?.dataset?.testid
  const answer = el("div", {
    class: "fn-answer", "aria-live": "polite", "aria-busy": String(data.state === "pending"), "data-state": data.state, "data-testid": "turn",
  }, ...body(data, open, seen).filter(Boolean))
  if (data.caption) answer.append(el("p", { class: "fn-caption", "data-testid": "caption" }, data.caption))
  root.replaceChildren(question(data), answer)
  root.dataset.seen = String(data.sentences.length)
  if (focused) root.querySelector(`[data-testid="${testid}"][data-anchor="${focused}"]`)?.focus({ preventScroll: true })
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".fn-root")
  const fresh = root.dataset.signature === undefined
  const open = (kind, number) => setTriggerValue(kind, number)
  const { active, ...content } = data
  if (changed(root, content)) build(root, data, open)
  for (const control of root.querySelectorAll("[data-anchor]")) {
    control.setAttribute("aria-pressed", String(control.dataset.anchor === active))
  }
  if (fresh && data.state === "pending") root.scrollIntoView({ block: "start", behavior: "smooth" })
}
