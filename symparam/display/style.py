"""How HTML looks: a part by itself, which takes the colours around it, and a whole page."""

PART = """
.symparam { line-height: 1.45; }
.symparam .box, .symparam .scroll { overflow-x: auto; overflow-y: hidden; max-width: 100%; }
.symparam .box { margin: .6em 0; }
.symparam table { border-collapse: collapse; margin: 0; font-variant-numeric: tabular-nums; }
.symparam .box table { border-top: 2px solid; border-bottom: 2px solid; }
.symparam caption { caption-side: top; color: inherit; text-align: left; white-space: nowrap;
  padding: .2em .6em .4em 0; }
.symparam th, .symparam td { text-align: left; font-weight: normal; vertical-align: baseline;
  padding: .18em .7em; white-space: nowrap; background: none; border: 0; }
.symparam thead th { border-bottom: 1px solid; font-weight: 600; }
.symparam tbody th { position: relative; }
.symparam th.right, .symparam td.right { text-align: right; }
.symparam td.long { white-space: normal; min-width: 18em; line-height: 2; }
.symparam code { font-size: .92em; background: none; padding: 0; color: inherit; }
.symparam math { font-size: 1.08em; }
.symparam .in { display: inline-block; width: 1.4em; opacity: .45; }
.symparam .in::before { content: ""; position: absolute; top: 0; bottom: 0;
  border-left: 1px solid; }
.symparam dl { display: grid; grid-template-columns: max-content 1fr; gap: .15em 1em;
  margin: .6em 0; }
.symparam dt, .symparam dd { margin: 0; font-weight: normal; overflow-wrap: anywhere;
  overflow-x: auto; overflow-y: hidden; }
.symparam .note { margin: .3em 0; font-size: .92em; opacity: .75; }
.symparam .layer { margin: 1.3em 0 0; break-inside: avoid; }
.symparam .layer p { margin: .1em 0 .3em; overflow-x: auto; overflow-y: hidden; }
.symparam .name { font-weight: 600; }
.symparam .sides td { padding: .15em .35em .15em 0; }
.symparam .sides td:first-child { text-align: right; }
@media print {
  .symparam .box, .symparam .scroll { overflow: visible; }
  .symparam .box table { font-size: 7.5pt; }
  .symparam tbody th { white-space: normal; }
  .symparam tr { break-inside: avoid; }
}
""".strip()

PAGE = """
:root { color-scheme: light dark; }
body { max-width: 60em; margin: 2em auto; padding: 0 1.2em; color: #1b1f24; background: #fff;
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.55em; line-height: 1.25; margin: 0 0 .4em; overflow-wrap: anywhere; }
h2 { font-size: 1.15em; margin: 2em 0 .5em; break-after: avoid; }
.lead { white-space: pre-line; opacity: .8; overflow-wrap: anywhere; }
.total { font-size: 1.15em; }
@media (prefers-color-scheme: dark) { body { color: #e4e7eb; background: #15181c; } }
@media print {
  body { max-width: none; margin: 0; font-size: 10pt; color: #000; background: #fff; }
}
""".strip()
