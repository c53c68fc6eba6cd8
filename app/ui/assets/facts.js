export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".fn-root")
  if (!changed(root, data)) return
  const rows = data.facts.flatMap((fact) => [el("dt", {}, fact.label), el("dd", {}, fact.value)])
  root.replaceChildren(el("dl", { class: "fn-fact-list", "data-testid": "facts" }, ...rows))
}
