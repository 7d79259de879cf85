// Finds words that a person would read and that do not come from the catalogue (src/text): text between tags, and plain
// strings in the attributes that are read or shown. usage: node words.js FILE...   exit 1 on a finding
const ts = require('/usr/share/nodejs/typescript'), fs = require('fs');
const SHOWN = new Set(['title', 'label', 'alt', 'placeholder', 'aria-label', 'aria-valuetext', 'aria-description', 'note', 'unit', 'words', 'head', 'message']);
// Signs and units that are the same in every language, and the name of a key as it stands on it.
const SAME = /^(?:[^\p{L}]*|Esc|Enter|Home|[a-z?/])$/u;
let found = 0;
for (const file of process.argv.slice(2)) {
  const source = ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.ES2020, true, file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const tell = (node, words) => {
    if (SAME.test(words.trim())) return;
    found++;
    console.error(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: “${words.trim()}” belongs into src/text`);
  };
  const literals = node => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) tell(node, node.text);
    else if (ts.isTemplateExpression(node)) { tell(node.head, node.head.text); node.templateSpans.forEach(s => tell(s.literal, s.literal.text)); }
    else if (ts.isConditionalExpression(node)) { literals(node.whenTrue); literals(node.whenFalse); }
    else if (ts.isBinaryExpression(node) && node.operatorToken.kind !== ts.SyntaxKind.EqualsEqualsEqualsToken && node.operatorToken.kind !== ts.SyntaxKind.ExclamationEqualsEqualsToken) { literals(node.left); literals(node.right); }
    else if (ts.isParenthesizedExpression(node)) literals(node.expression);
  };
  const visit = node => {
    if (ts.isJsxText(node)) tell(node, node.text);
    else if (ts.isJsxExpression(node) && node.expression && ts.isJsxElement(node.parent)) literals(node.expression);
    else if (ts.isJsxAttribute(node) && SHOWN.has(node.name.text) && node.initializer) literals(ts.isJsxExpression(node.initializer) ? node.initializer.expression : node.initializer);
    else if (ts.isPropertyAssignment(node) && SHOWN.has(node.name.getText().replace(/['"]/g, ''))) literals(node.initializer);
    else if (ts.isCallExpression(node) && /^(onNote|setNote|setProblem)$/.test(node.expression.getText())) node.arguments.forEach(literals);
    ts.forEachChild(node, visit);
  };
  visit(source);
}
process.exit(found ? 1 : 0);
