// Builds DOM nodes. Every string becomes a text node or an attribute value: nothing is parsed as HTML.
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value)
    else node.setAttribute(name, value === true ? "" : String(value))
  }
  node.append(...children.filter((child) => child !== null && child !== undefined))
  return node
}

const SVG = "http://www.w3.org/2000/svg"

// Line icons, 24 × 24, drawn here so that nothing is fetched.
const ICONS = {
  waiting: "M12 7v5l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
  working: "M20 12a8 8 0 1 1-3-6.2M20 4v4h-4",
  indexed: "M8 12.5l3 3 5.5-6.5M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
  failed: "M12 8v5M12 16v.5M12 3.5L2.5 20h19z",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.3 10.5v6M13.7 10.5v6",
  page: "M7 3.5h7l4 4v13H7zM14 3.5v4h4M10 12h5M10 15.5h5",
  zoom: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.5 15.5L20.5 20.5M8 10.5h5M10.5 8v5",
  close: "M6 6l12 12M18 6L6 18",
  previous: "M14.5 6l-6 6 6 6",
  next: "M9.5 6l6 6-6 6",
  quote: "M5 17V9h5v4H7M14 17V9h5v4h-3",
  info: "M12 11v5M12 8v.5M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
}

function icon(name) {
  const svg = document.createElementNS(SVG, "svg")
  const path = document.createElementNS(SVG, "path")
  svg.setAttribute("viewBox", "0 0 24 24")
  svg.setAttribute("class", "fn-icon")
  svg.setAttribute("aria-hidden", "true")
  path.setAttribute("d", ICONS[name])
  svg.append(path)
  return svg
}

// True the first time that this content is given to this element: an unchanged rerun must not rebuild the DOM.
function changed(root, content) {
  const signature = JSON.stringify(content)
  if (root.dataset.signature === signature) return false
  root.dataset.signature = signature
  return true
}
