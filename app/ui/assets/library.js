const STATUS_ICON = { queued: "waiting", working: "working", indexed: "indexed", failed: "failed" }

function status(row) {
  const words = row.progress_words ? `${row.status_words}: ${row.progress_words}` : row.status_words
  return el("span", { class: `fn-status fn-status-${row.status}`, "data-testid": "status", "data-status": row.status },
    icon(STATUS_ICON[row.status]), words)
}

function progress(row) {
  if (row.progress < 0) return null
  const bar = el("div", { class: "fn-progress-bar" })
  bar.style.width = `${row.progress}%`
  return el("div", {
    class: "fn-progress", role: "progressbar", "aria-label": `Reading ${row.name}`, "aria-valuemin": 0, "aria-valuemax": 100,
    "aria-valuenow": row.progress, "aria-valuetext": row.progress_words,
  }, bar)
}

function card(row, remove) {
  const labels = row.labels.map((label) => el("span", { class: "fn-label" }, label))
  const facts = el("p", { class: "fn-facts" }, row.details.join(" · "))
  const text = el("div", { class: "fn-document-text" },
    el("h3", { class: "fn-document-name", "data-testid": "document-name" }, row.name),
    row.title ? el("p", { class: "fn-document-title" }, row.title) : null,
    el("div", { class: "fn-labels" }, ...labels), facts,
    row.error ? el("p", { class: "fn-document-error", "data-testid": "document-error" }, row.error) : null)
  const button = el("button", {
    type: "button", class: "fn-tool", "aria-label": `Delete ${row.name}`, title: "Delete", "data-testid": "delete",
    onclick: () => remove(row.id),
  }, icon("trash"))
  const side = el("div", { class: "fn-document-side" }, status(row), button)
  return el("li", { class: "fn-document", "data-testid": "document", "data-document": row.id }, text, side, progress(row))
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".fn-root")
  if (!changed(root, data)) return
  const focused = root.contains(document.activeElement) ? document.activeElement.closest("li")?.dataset.document : undefined
  const remove = (id) => setTriggerValue("remove", id)
  root.replaceChildren(el("ul", { class: "fn-documents", "aria-label": "Documents" }, ...data.rows.map((row) => card(row, remove))))
  if (focused) root.querySelector(`[data-document="${focused}"] button`)?.focus({ preventScroll: true })
}
