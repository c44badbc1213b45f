// Reads formulas from standard input, a JSON string a line, and prints what KaTeX refuses.
import { readFileSync } from "node:fs";
import katex from "katex";

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const formula = JSON.parse(line);
  try {
    katex.renderToString(formula, { strict: "error", displayMode: true });
  } catch (error) {
    console.log(JSON.stringify({ formula, error: String(error) }));
  }
}
