/** How the pages look, by day and by night. Nothing is loaded: fonts are those of the system. */
export const style = `
:root { color-scheme: light dark; --ink: #242424; --dim: #616161; --paper: #f5f5f5; --sheet: #fff; --line: #e0e0e0; --bell: #4f52b2; --on-bell: #fff; --mine: #e8ebfa; --quiet: #f0f0f0; --good: #0e700e; --bad: #b10e1c; --warn: #835b00; --shade: 0 1px 2px #0002, 0 2px 8px #0001; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f0f0; --dim: #adadad; --paper: #1f1f1f; --sheet: #292929; --line: #424242; --bell: #aab1fa; --on-bell: #1f1f1f; --mine: #2f2f4a; --quiet: #333; --good: #6fd06f; --bad: #f1707b; --warn: #eac35d; --shade: 0 1px 2px #0006, 0 2px 8px #0003; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/1.45 "Segoe UI", system-ui, sans-serif; }
a { color: var(--bell); text-decoration: none; } a:hover { text-decoration: underline; }
h1 { font-size: 1.45rem; margin: 0; letter-spacing: -.01em; }
p { margin: .3rem 0; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem; }
main > h1 { margin-bottom: 1rem; }
.dim, time { color: var(--dim); font-size: .9em; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
:focus-visible { outline: 2px solid var(--bell); outline-offset: 2px; }

body > header { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .25rem 2rem; justify-content: space-between; align-items: center; padding: .7rem 1.5rem; border-bottom: 1px solid var(--line); background: var(--sheet); }
nav { display: flex; gap: 1.25rem; align-items: center; }
nav strong { display: flex; gap: .5rem; align-items: center; } nav strong::before { content: ""; width: 1.1rem; height: 1.1rem; border-radius: .3rem; background: linear-gradient(135deg, #7b7ff0, #4f52b2); }
.figures { margin: 0; color: var(--dim); font-size: .9em; font-variant-numeric: tabular-nums; }

table { width: 100%; border-collapse: separate; border-spacing: 0; background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; box-shadow: var(--shade); }
th, td { text-align: left; padding: .5rem .9rem; border-bottom: 1px solid var(--line); }
th.number, td.number { text-align: right; }
tbody tr:last-child td { border-bottom: 0; } tbody tr:hover { background: var(--quiet); }
th { font-size: .85em; color: var(--dim); font-weight: 600; }
.name { display: flex; align-items: center; gap: .65rem; font-weight: 600; color: var(--ink); }
.avatar { flex: none; display: inline-grid; place-items: center; width: 2rem; height: 2rem; border-radius: 50%; font-size: .72rem; font-weight: 600; background: hsl(var(--hue) 45% 88%); color: hsl(var(--hue) 60% 25%); }
@media (prefers-color-scheme: dark) { .avatar { background: hsl(var(--hue) 30% 28%); color: hsl(var(--hue) 60% 85%); } }
.avatar.bot { border-radius: .45rem; background: linear-gradient(135deg, #7b7ff0, #4f52b2); color: #fff; }
.chip { display: inline-block; white-space: nowrap; padding: .05rem .55rem; border-radius: 99px; border: 1px solid var(--line); font-size: .85em; color: var(--dim); }
.chip.good { color: var(--good); } .chip.bad { color: var(--bad); }
.who { display: flex; align-items: center; gap: .9rem; margin-bottom: 1.25rem; } .who p { margin: .1rem 0 0; } .who .avatar { width: 3rem; height: 3rem; font-size: 1rem; }
.empty { padding: 2rem; text-align: center; color: var(--dim); background: var(--sheet); border: 1px dashed var(--line); border-radius: 8px; }
.note { border: 1px solid var(--bell); border-radius: 6px; padding: .5rem .8rem; background: var(--sheet); }

article { max-width: 46rem; margin: 0 0 1.1rem; }
article.person { margin-left: auto; width: fit-content; min-width: 16rem; } article.reply { margin-left: 2.5rem; }
article > header { display: flex; align-items: center; gap: .5rem; margin-bottom: .35rem; }
.bubble { margin-left: 2.5rem; padding: .55rem .9rem; border-radius: 8px; background: var(--sheet); box-shadow: var(--shade); overflow-wrap: anywhere; }
.person .bubble { background: var(--mine); }
.bubble p { white-space: pre-wrap; } .bubble ul, .bubble ol { margin: .3rem 0; padding-left: 1.4rem; }
.toast { color: var(--dim); font-size: .9em; } .toast::before { content: "🔔 "; }

.card { padding: .9rem 1rem 1rem; margin: .4rem 0; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.card > * + *, .card .columns > div > * + * { margin-top: .5rem; }
.card p { margin: 0; }
.columns { display: flex; gap: .75rem; } .columns > div { min-width: 0; } .inside-center { align-self: center; } .inside-bottom { align-self: end; }
.table > .columns { border-bottom: 1px solid var(--line); padding: .35rem 0; }
.text.cut p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.weight-bolder, .style-heading { font-weight: 600; } .weight-lighter { font-weight: 300; } .subtle { color: var(--dim); } .fonttype-monospace { font-family: ui-monospace, monospace; }
.size-small { font-size: .86em; } .size-medium { font-size: 1.14em; } .size-large { font-size: 1.3em; line-height: 1.3; } .size-extralarge { font-size: 1.7em; line-height: 1.2; }
.color-accent { color: var(--bell); } .color-good { color: var(--good); } .color-warning { color: var(--warn); } .color-attention { color: var(--bad); }
.align-center { text-align: center; } .align-right { text-align: right; }
.card .spacing-none { margin-top: 0; } .card .spacing-small { margin-top: .25rem; } .card .spacing-medium { margin-top: .9rem; } .card .spacing-large { margin-top: 1.3rem; } .card .spacing-extralarge { margin-top: 1.8rem; } .spacing-padding { padding: .9rem; }
.separator { border-top: 1px solid var(--line); padding-top: .6rem; }
.style-emphasis, .style-accent, .style-good, .style-warning, .style-attention { padding: .75rem .9rem; border-radius: 6px; background: var(--quiet); }
.style-accent { background: var(--mine); } .style-good { border-left: 3px solid var(--good); } .style-warning { border-left: 3px solid var(--warn); } .style-attention { border-left: 3px solid var(--bad); }
.card > .bleed { margin-inline: -1rem; border-radius: 0; padding-inline: 1rem; } .card > .bleed:first-child { margin-top: -.9rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0; } dt { font-weight: 600; } dd { margin: 0; }
.image { padding: 1.2rem .8rem; text-align: center; font-size: .9em; color: var(--dim); background: repeating-linear-gradient(45deg, var(--quiet) 0 8px, transparent 8px 16px); border: 1px solid var(--line); border-radius: 6px; } .image.style-person { border-radius: 50%; width: 4rem; height: 4rem; padding: 0; display: grid; place-items: center; overflow: hidden; font-size: .6em; } .image::before { content: "🖼 "; }

label { display: block; margin: .4rem 0; font-size: .93em; }
input, select, textarea, button, .button { font: inherit; color: inherit; background: var(--sheet); border: 1px solid var(--line); border-radius: 4px; padding: .35rem .7rem; }
input[type=text], textarea, .card select { width: 100%; max-width: 32rem; }
button, .button { cursor: pointer; font-weight: 600; } button:hover, .button:hover { background: var(--quiet); text-decoration: none; }
button.main { background: var(--bell); border-color: var(--bell); color: var(--on-bell); }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: .7rem 0; } .card > .row:last-child { margin-bottom: 0; }
form.row { align-items: end; } form.row label { margin: 0; flex: 0 1 24rem; }
.speak { margin: 1.5rem 0 0; padding-top: 1rem; border-top: 1px solid var(--line); }
`;
