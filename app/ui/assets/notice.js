const NOTICE_ICON = { error: "failed", done: "indexed", info: "info", progress: "working", quiet: null }

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".fn-root")
  if (!changed(root, data)) return
  const lines = data.lines.map((line) => el("p", {}, line))
  const role = data.kind === "error" ? "alert" : "status"
  const name = NOTICE_ICON[data.kind]
  root.replaceChildren(el("div", { class: `fn-box fn-box-${data.kind}`, role, "data-testid": `notice-${data.kind}` },
    name ? icon(name) : null, el("div", {}, ...lines)))
}
