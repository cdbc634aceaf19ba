// Quantities as the package siunitx of LaTeX has them, which neither KaTeX nor MathJax knows, as plain LaTeX.

const PREFIXES = { quecto: "q", ronto: "r", yocto: "y", zepto: "z", atto: "a", femto: "f", pico: "p", nano: "n", micro: "µ", milli: "m" };
Object.assign(PREFIXES, { centi: "c", deci: "d", deca: "da", deka: "da", hecto: "h", kilo: "k", mega: "M", giga: "G", tera: "T" });
Object.assign(PREFIXES, { peta: "P", exa: "E", zetta: "Z", yotta: "Y", ronna: "R", quetta: "Q" });
const UNITS = { ampere: "A", candela: "cd", kelvin: "K", kilogram: "kg", gram: "g", meter: "m", metre: "m", mole: "mol", second: "s" };
Object.assign(UNITS, { becquerel: "Bq", coulomb: "C", farad: "F", gray: "Gy", hertz: "Hz", henry: "H", joule: "J", katal: "kat", lumen: "lm" });
Object.assign(UNITS, { lux: "lx", newton: "N", pascal: "Pa", radian: "rad", siemens: "S", sievert: "Sv", steradian: "sr", tesla: "T" });
Object.assign(UNITS, { volt: "V", watt: "W", weber: "Wb", day: "d", hour: "h", minute: "min", hectare: "ha", liter: "L", litre: "l" });
Object.assign(UNITS, { tonne: "t", neper: "Np", bel: "B", decibel: "dB", electronvolt: "eV", dalton: "Da", bar: "bar", barn: "b" });
Object.assign(UNITS, { mmHg: "mmHg", knot: "kn", gal: "Gal", bit: "bit", byte: "B", atomicmassunit: "u", astronomicalunit: "au" });
Object.assign(UNITS, { parsec: "pc", lightyear: "ly", gauss: "G", erg: "erg", dyne: "dyn", curie: "Ci", atm: "atm", molar: "M", rpm: "rpm" });
// Those that are no letters.
const SIGNS = { ohm: "\\Omega", degreeCelsius: "{}^{\\circ}\\mathrm{C}", celsius: "{}^{\\circ}\\mathrm{C}", degree: "{}^{\\circ}" };
Object.assign(SIGNS, { percent: "\\%", angstrom: "\\text{Å}", arcminute: "{}'", arcsecond: "{}''", micron: "\\text{µ}\\mathrm{m}" });
Object.assign(SIGNS, { clight: "c_0", electronmass: "m_{\\mathrm{e}}", elementarycharge: "e", planckbar: "\\hbar" });
// As `\km` and `\uV`.
const SHORT = /^([fpnumcdhkMGT]?)(g|m|s|mol|A|l|L|Hz|N|Pa|V|W|J|eV|F|K|H|C|T|Wb|S|B|h|ohm|Wh)$/;
const COMMANDS = /\\(SI|si|qty|unit|num|ang|SIrange|qtyrange|numrange|SIlist|qtylist|numlist|DeclareSIUnit|sisetup)(?![A-Za-z])\*?/g;
const NUMBER = /^(?:[-+\d.,()\s]|e|E|d|D|x|\\times|\\pm|\\cdot|\\,|~|#\d)*$/;
// Longer units are none: what is declared twice as long as what was declared before soon fills the memory of whoever looks at it.
const LONGEST = 300;
const declared = new Map();

/** Returns the group that begins at a place of a formula, and where it ends; null where none does. */
function group(source, from, open = "{", close = "}") {
  let at = from;
  while (/\s/.test(source[at] ?? "")) at++;
  if (source[at] !== open) return null;
  let depth = 0;
  for (let end = at; end < source.length; end++) {
    if (source[end] === "\\") end++;
    else if (source[end] === open) depth++;
    else if (source[end] === close && --depth === 0) return { inside: source.slice(at + 1, end), end: end + 1 };
  }
  return null;
}

/** Returns a number with its power of ten and groups of three digits; what is none stays as it is. */
function number(written) {
  const text = written.trim();
  if (!text || text.length > LONGEST || !NUMBER.test(text)) return text;
  return text
    .split(/(\+-|\\pm|x|\\times)/)
    .map((part) => ({ "+-": "\\pm ", x: "\\times " })[part] ?? (part.startsWith("\\") ? `${part} ` : factor(part.trim())))
    .join("");
}

function factor(written) {
  const [, mantissa, power] = /^(.*?)(?:[eEdD]([-+]?\d+))?$/.exec(written);
  const digits = mantissa.replaceAll(" ", "").replace(",", ".").replace(/\d+(?:\.\d+)?/, grouped);
  if (power === undefined) return digits;
  return `${digits}${digits && !/^[-+]$/.test(digits) ? "\\times " : ""}10^{${power.replace(/^\+/, "")}}`;
}

function grouped(digits) {
  const [whole, rest] = digits.split(".");
  const left = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, "\\,") : whole;
  if (rest === undefined) return left;
  return `${left}.${rest.length > 4 ? rest.replace(/(\d{3})(?=\d)/g, "$1\\,") : rest}`;
}

/** Returns a unit: of names such as `\kilo\gram\per\second`, or of letters. */
function unit(written) {
  const made = [];
  let [per, power, prefix] = [false, "", ""];
  const put = (text) => {
    const exponent = per ? `-${power || 1}` : power;
    made.push({ text: prefix ? `${prefix === "µ" ? "\\text{µ}" : `\\mathrm{${prefix}}`}${text}` : text, exponent });
    [per, power, prefix] = [false, "", ""];
  };
  const raise = (to) => {
    const last = made.at(-1);
    if (last) last.exponent = last.exponent.startsWith("-") ? `-${to}` : to;
  };
  const tokens = /\\([A-Za-z]+)|\^\s*(\{[^{}]*\}|-?\d)|_\s*(\{[^{}]*\}|\w)|([A-Za-zµÅ%°Ω]+)|([./*~])|\\[,;: ]|\s+|(.)/gu;
  for (let found = tokens.exec(written); found; found = tokens.exec(written)) {
    const [, name, up, down, letters, mark, other] = found;
    if (other) throw new Error(`${other} in a unit`);
    if (mark === "/") per = true;
    else if (up) raise(up.replace(/[{}]/g, ""));
    else if (down && made.length) made.at(-1).text += `_{\\mathrm{${down.replace(/[{}]/g, "")}}}`;
    else if (letters) put(plain(letters));
    else if (name === "per") per = true;
    else if (name === "square" || name === "cubic") power = name === "square" ? "2" : "3";
    else if (name === "squared" || name === "cubed") raise(name === "squared" ? "2" : "3");
    else if (["tothe", "raiseto", "of"].includes(name)) {
      const to = group(written, tokens.lastIndex);
      if (!to) throw new Error(`\\${name} without what`);
      tokens.lastIndex = to.end;
      if (name === "tothe") raise(to.inside);
      else if (name === "raiseto") power = to.inside;
      else if (made.length) made.at(-1).text += `_{\\mathrm{${to.inside}}}`;
    } else if (Object.hasOwn(PREFIXES, name ?? "")) prefix = PREFIXES[name];
    else if (name) put(named(name));
  }
  const whole = made.map(({ text, exponent }) => (exponent ? `${text}^{${exponent}}` : text)).join("\\,");
  if (whole.length > LONGEST) throw new Error("a unit that is too long");
  return whole;
}

function plain(letters) {
  return /^[A-Za-z]+$/.test(letters) ? `\\mathrm{${letters}}` : `\\text{${letters.replaceAll("%", "\\%")}}`;
}

function named(name) {
  if (declared.has(name)) return declared.get(name);
  if (Object.hasOwn(SIGNS, name)) return SIGNS[name];
  if (Object.hasOwn(UNITS, name)) return `\\mathrm{${UNITS[name]}}`;
  const short = SHORT.exec(name);
  if (!short) throw new Error(`no unit \\${name}`);
  const of = short[2] === "ohm" ? "\\Omega" : `\\mathrm{${short[2]}}`;
  return short[1] === "u" ? `\\text{µ}${of}` : short[2] === "ohm" ? `\\mathrm{${short[1]}}${of}` : `\\mathrm{${short[1]}${short[2]}}`;
}

const withUnit = (value, of) => (of ? `${value}\\,${of}` : value);

function listed(values, of) {
  const all = values.split(";").map((one) => withUnit(number(one), of));
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join("\\text{, }")}\\text{ and }${all.at(-1)}`;
}

/** What each command makes of its arguments, and how many it has. */
const MADE = {
  num: [1, number],
  unit: [1, unit],
  si: [1, unit],
  SI: [2, (value, of) => withUnit(number(value), unit(of))],
  qty: [2, (value, of) => withUnit(number(value), unit(of))],
  numrange: [2, (from, to) => `${number(from)}\\text{ to }${number(to)}`],
  SIrange: [3, (from, to, of) => `${withUnit(number(from), unit(of))}\\text{ to }${withUnit(number(to), unit(of))}`],
  numlist: [1, (values) => listed(values, "")],
  SIlist: [2, (values, of) => listed(values, unit(of))],
  ang: [1, (value) => value.split(";").map((one, place) => (one.trim() ? number(one) + ["^{\\circ}", "'", "''"][place] : "")).join("")],
  sisetup: [1, () => ""],
};
Object.assign(MADE, { qtyrange: MADE.SIrange, qtylist: MADE.SIlist });

/** Returns a formula in which quantities and units are plain LaTeX; `isDefined` tells which commands the page itself has defined. */
export function withUnits(source, isDefined) {
  const parts = [];
  let at = 0;
  COMMANDS.lastIndex = 0;
  for (let found = COMMANDS.exec(source); found; found = COMMANDS.exec(source)) {
    const made = isDefined(found[1]) ? null : command(source, found[1], COMMANDS.lastIndex);
    if (!made) continue;
    parts.push(source.slice(at, found.index), made.text && `{${made.text}}`);
    at = COMMANDS.lastIndex = made.end;
  }
  return parts.length ? parts.join("") + source.slice(at) : source;
}

/** Returns what a command stands for and where it ends; null where it is another one of that name, or says what is not known. */
function command(source, name, from) {
  try {
    if (name === "DeclareSIUnit") {
      const [all, unitName] = /^\s*\{?\s*\\([A-Za-z]+)\s*\}?/.exec(source.slice(from)) ?? [""];
      const meaning = all && group(source, from + all.length);
      if (!meaning) return null;
      declared.set(unitName, unit(meaning.inside));
      return { text: "", end: meaning.end };
    }
    const [count, make] = MADE[name];
    let end = group(source, from, "[", "]")?.end ?? from;
    const given = [];
    while (given.length < count) {
      const next = group(source, end);
      if (!next) return null;
      given.push(next.inside);
      end = next.end;
    }
    // The package physics has `\qty{…}` for brackets.
    if (name === "qty" && !NUMBER.test(given[0])) return null;
    return { text: make(...given), end };
  } catch {
    return null;
  }
}
