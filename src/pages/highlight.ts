/** A piece of a text, and whether it is what was searched. */
export interface Piece {
  text: string;
  isMatch: boolean;
}

/** A word of a text and where it stands. */
export interface PlacedWord {
  word: string;
  start: number;
  end: number;
}

/** Characters that a snippet has, but for the words at its ends. */
const snippetLength = 200;

/** Characters before the first match of a snippet, so that it is read in its context. */
const leadLength = 40;

/** A text and its words. */
export interface SplitText {
  text: string;
  words: PlacedWord[];
}

/** Finds the words of a text, as PostgreSQL's parser cuts them once punctuation is taken out. */
export function splitWords(text: string): SplitText {
  // ASCII takes a shorter way, since texts have thousands of words.
  const pattern = isAscii(text) ? /[A-Za-z0-9]+/g : /[\p{L}\p{N}\p{M}]+/gu;
  const words: PlacedWord[] = [];
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    words.push({ word: match[0], start: match.index, end: pattern.lastIndex });
  }
  return { text, words };
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

/** A word in small letters and without accents, nearly as `search_text` of the database makes it. */
export function foldWord(word: string): string {
  if (isAscii(word)) {
    return word.toLowerCase();
  }
  return word
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[æøœßđłþð]/g, letter => foldedLetters[letter]!);
}

const foldedLetters: Record<string, string> = {
  æ: 'ae',
  ø: 'o',
  œ: 'oe',
  ß: 'ss',
  đ: 'd',
  ł: 'l',
  þ: 'th',
  ð: 'd',
};

/** A whole text in pieces. */
export function piecesOf({ text, words }: SplitText, matching: ReadonlySet<string>): Piece[] {
  return cut(
    text,
    words.filter(({ word }) => matching.has(word)),
  );
}

/** The part of a text with the most matches, in pieces: its beginning when there is none. */
export function snippetOf({ text, words }: SplitText, matching: ReadonlySet<string>): Piece[] {
  const matches = words.filter(({ word }) => matching.has(word));
  const begin = startOfSnippet(words, matches);
  const limit = begin + snippetLength;
  const end =
    text.length <= limit ? text.length : Math.max(begin + 1, words.findLast(word => word.end <= limit)?.end ?? 0);
  const shown = words.length > 0 && end > begin ? text.slice(begin, end) : text.slice(0, snippetLength);
  const within = matches
    .filter(match => match.start >= begin && match.end <= end)
    .map(({ word, start, end: stop }) => ({ word, start: start - begin, end: stop - begin }));
  const pieces = cut(shown, within);
  const [before, after] = [begin > 0 ? '…' : '', begin + shown.length < text.length ? '…' : ''];
  return merge([{ text: before, isMatch: false }, ...pieces, { text: after, isMatch: false }]);
}

/** Where the snippet with the most matches begins: at a word, a little before its first match. */
function startOfSnippet(words: readonly PlacedWord[], matches: readonly PlacedWord[]): number {
  let best = { count: 0, start: 0 };
  let from = 0;
  for (const [index, match] of matches.entries()) {
    while (match.end - matches[from]!.start > snippetLength - leadLength) {
      from += 1;
    }
    const count = index - from + 1;
    if (count > best.count) {
      best = { count, start: matches[from]!.start };
    }
  }
  const wanted = best.start - leadLength;
  return wanted <= 0 ? 0 : (words.find(({ start }) => start >= wanted)?.start ?? 0);
}

function cut(text: string, matches: readonly PlacedWord[]): Piece[] {
  const pieces: Piece[] = [];
  let place = 0;
  for (const { start, end } of matches) {
    pieces.push({ text: text.slice(place, start), isMatch: false }, { text: text.slice(start, end), isMatch: true });
    place = end;
  }
  return merge([...pieces, { text: text.slice(place), isMatch: false }]);
}

/** Pieces without empty ones, neighbours of one kind made one. */
function merge(pieces: readonly Piece[]): Piece[] {
  const merged: Piece[] = [];
  for (const { text, isMatch } of pieces) {
    const previous = merged.at(-1);
    if (text === '') {
      continue;
    }
    if (previous && !previous.isMatch && !isMatch) {
      previous.text += text;
    } else {
      merged.push({ text, isMatch });
    }
  }
  return merged;
}
