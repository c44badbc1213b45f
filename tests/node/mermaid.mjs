// Reads a list of flowcharts from standard input, and prints what Mermaid finds in each.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

// Mermaid cleans texts with the help of a page.
const { window } = new JSDOM("");
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import("mermaid");

// Characters that go by their number are kept as Mermaid's own marks until it draws them.
const shown = (text) =>
  text.replace(/ﬂ°°(\d+)¶ß/g, (_, number) => String.fromCodePoint(Number(number)));

const found = [];
for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    found.push({
      vertices: [...db.getVertices()].map(([key, vertex]) => [key, shown(vertex.text)]),
      edges: db.getEdges().map((edge) => [edge.start, edge.end, shown(edge.text)]),
      boxes: db.getSubGraphs().map((box) => [shown(box.title), box.nodes]),
    });
  } catch (error) {
    found.push({ error: String(error) });
  }
}
console.log(JSON.stringify(found));
