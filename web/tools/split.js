// Cuts one large ES module into many small ones that hold together only what must, so that esbuild's --splitting, which
// never cuts a module, can leave what only some rooms use out of the first script.
// usage: node split.js whole.mjs OUTDIR     writes OUTDIR/part/*.mjs and OUTDIR/NAME/index.mjs (and .d.ts) for each name it exports
const ts = require('/usr/share/nodejs/typescript'), fs = require('fs'), path = require('path');
const STYLES = ['createTheme', 'keyframes', 'styled', 'ThemeProvider', 'useColorScheme'];
const [file, out] = process.argv.slice(2), src = fs.readFileSync(file, 'utf8');
const host = ts.createCompilerHost({}), whole = ts.createSourceFile('whole.js', src, ts.ScriptTarget.ES2020, true, ts.ScriptKind.JS);
host.getSourceFile = name => (name === 'whole.js' ? whole : undefined);
const program = ts.createProgram(['whole.js'], { allowJs: true, noLib: true, noResolve: true, target: ts.ScriptTarget.ES2020, types: [] }, host), checker = program.getTypeChecker();

// Pieces: one a top-level statement, and of a statement that declares several names one a name.
const pieces = [], owner = new Map(), foreign = new Map();
let exported = '';
for (const st of whole.statements) {
  if (ts.isImportDeclaration(st)) { foreign.set(st.importClause.namedBindings.name.text, st.getText()); continue; }
  if (ts.isExportDeclaration(st)) { exported = st; continue; }
  if (!ts.isVariableStatement(st)) { pieces.push({ node: st, text: st.getText() }); continue; }
  const word = st.declarationList.flags & ts.NodeFlags.Const ? 'const' : st.declarationList.flags & ts.NodeFlags.Let ? 'let' : 'var';
  for (const d of st.declarationList.declarations) pieces.push({ node: d, text: `${word} ${src.slice(d.getFullStart(), d.end).trim()};` });
}
const declare = (name, i) => { if (ts.isIdentifier(name)) owner.set(name.text, i); else name.elements.forEach(e => e.name && declare(e.name, i)); };
pieces.forEach((p, i) => { p.names = []; if (p.node.name) { declare(p.node.name, i); } });
for (const [name, i] of owner) pieces[i].names.push(name);

// What each uses and what each changes, by the names that are really the module's own: a parameter may be called the same.
const isOurs = id => {
  const s = ts.isShorthandPropertyAssignment(id.parent) ? checker.getShorthandAssignmentValueSymbol(id.parent) : checker.getSymbolAtLocation(id), d = s && s.declarations && s.declarations[0];
  if (!d) return false;
  let n = d; while (n && !ts.isFunctionLike(n) && !ts.isSourceFile(n) && !ts.isBlock(n)) n = n.parent;
  return ts.isFunctionDeclaration(d) || ts.isClassDeclaration(d) ? d.parent === whole : n === whole;
};
const changes = n => { const p = n.parent; return (ts.isBinaryExpression(p) && p.left === n && p.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && p.operatorToken.kind <= ts.SyntaxKind.LastAssignment) || ((ts.isPrefixUnaryExpression(p) || ts.isPostfixUnaryExpression(p)) && (p.operator === ts.SyntaxKind.PlusPlusToken || p.operator === ts.SyntaxKind.MinusMinusToken)) || ts.isForInStatement(p) || ts.isForOfStatement(p); };
const union = pieces.map((_, i) => i), root = i => { while (union[i] !== i) i = union[i] = union[union[i]]; return i; }, tie = (a, b) => { union[root(a)] = root(b); };
pieces.forEach((p, i) => {
  p.uses = new Set(); p.imports = new Set();
  const loose = !p.names.length;
  const walk = n => {
    if (ts.isIdentifier(n) && !(ts.isPropertyAccessExpression(n.parent) && n.parent.name === n) && !(ts.isPropertyAssignment(n.parent) && n.parent.name === n)) {
      if (foreign.has(n.text) && !owner.has(n.text)) p.imports.add(n.text);
      else if (owner.has(n.text) && isOurs(n)) {
        const to = owner.get(n.text);
        if (to !== i) p.uses.add(n.text);
        // Only its own module may assign to a name; what is no declaration stays with all that it may change.
        if (loose || changes(n)) tie(i, to);
      }
    }
    ts.forEachChild(n, walk);
  };
  walk(p.node);
});

// What needs each other stays together (Tarjan), so that the small modules have one order, as the large one had.
const edges = new Map(); pieces.forEach((p, i) => { const r = root(i), to = edges.get(r) || new Set(); edges.set(r, to); p.uses.forEach(u => { const t = root(owner.get(u)); if (t !== r) to.add(t); }); });
const index = new Map(), low = new Map(), stack = [], on = new Set(); let next = 0; const group = new Map();
const visit = v => {
  index.set(v, next); low.set(v, next++); stack.push(v); on.add(v);
  for (const w of edges.get(v)) if (!index.has(w)) { visit(w); low.set(v, Math.min(low.get(v), low.get(w))); } else if (on.has(w)) low.set(v, Math.min(low.get(v), index.get(w)));
  if (low.get(v) === index.get(v)) for (let w; w !== v;) { w = stack.pop(); on.delete(w); group.set(w, v); }
};
for (const v of edges.keys()) if (!index.has(v)) visit(v);
const of = i => group.get(root(i)), parts = new Map();
pieces.forEach((p, i) => { const g = of(i); parts.set(g, (parts.get(g) || []).concat(i)); });
const biggest = [...parts.values()].map(l => l.reduce((n, i) => n + pieces[i].text.length, 0)).sort((a, b) => b - a).slice(0, 5);
fs.mkdirSync(path.join(out, 'part'), { recursive: true });
for (const [g, list] of parts) {
  const lines = [], need = new Map(), imports = new Set(), names = [];
  for (const i of list) { const p = pieces[i]; p.imports.forEach(n => imports.add(n)); names.push(...p.names); p.uses.forEach(u => { const t = of(owner.get(u)); if (t !== g) need.set(t, (need.get(t) || new Set()).add(u)); }); }
  imports.forEach(n => lines.push(foreign.get(n)));
  need.forEach((set, t) => lines.push(`import {${[...set].join(',')}} from "./${t}.mjs";`));
  list.forEach(i => lines.push(pieces[i].text));
  if (names.length) lines.push(`export {${names.join(',')}};`);
  fs.writeFileSync(path.join(out, 'part', `${g}.mjs`), lines.join('\n') + '\n');
}
// One entrance a name, as the npm package has them: through one door for all, esbuild takes whatever any room uses for used by all.
const styles = [];
for (const e of exported.exportClause.elements) {
  const own = (e.propertyName || e.name).text, name = e.name.text, from = `part/${of(owner.get(own))}.mjs`;
  fs.mkdirSync(path.join(out, name), { recursive: true });
  fs.writeFileSync(path.join(out, name, 'index.mjs'), `export {${own} as default} from "../${from}";\n`);
  fs.writeFileSync(path.join(out, name, 'package.json'), '{"main":"index.mjs","module":"index.mjs","types":"index.d.ts","sideEffects":false}\n');
  fs.writeFileSync(path.join(out, name, 'index.d.ts'), `import * as all from '..';\ndeclare const one: typeof all.${name};\nexport default one;\n${/^[A-Z]/.test(name) ? `export type { ${name}Props } from '..';\n` : ''}`);
  if (STYLES.includes(name)) styles.push(`export {${own} as ${name}} from "../${from}";`);
}
fs.mkdirSync(path.join(out, 'styles'), { recursive: true });
fs.writeFileSync(path.join(out, 'styles/index.mjs'), styles.join('\n') + '\n');
fs.writeFileSync(path.join(out, 'styles/package.json'), '{"main":"index.mjs","module":"index.mjs","types":"index.d.ts","sideEffects":false}\n');
fs.writeFileSync(path.join(out, 'styles/index.d.ts'), `export { ${STYLES.join(', ')} } from '..';\n`);
if (parts.size < 500 || biggest[0] > 80_000) throw new Error(`the bundle holds together too much: ${parts.size} parts, the largest ${biggest}`);
