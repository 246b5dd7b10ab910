import test from 'ava';
import { svgOf } from './svg.js';

test('each piece is where its column is, in its colour, and bars are rectangles as long as their letters', (t) => {
  const svg = svgOf('a & <b>  \u001b[33m░░\u001b[0m\u001b[32m███\u001b[0m\n', { columns: 20, title: '$ x' });
  const drawn = svg.split('\n').filter((line) => /<(text|rect) x=/.test(line));
  t.deepEqual(drawn, [
    '<text x="18" y="31" textLength="24" xml:space="preserve" >$ x</text>',
    '<text x="18" y="49" textLength="56" xml:space="preserve" >a &amp; &lt;b&gt;</text>',
    '<rect x="90" y="41" width="16" height="8" opacity="0.35" fill="#e3b341"/>',
    '<rect x="106" y="39" width="24" height="12" opacity="1" fill="#56d364"/>',
  ]);
  t.regex(svg, /viewBox="0 0 196 72"/);
});
