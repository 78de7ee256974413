/** A shared file, one char per byte, and how botocore's parser reads it. */
export type ConfigFile = {
  readonly text: string
  readonly sections: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** A shared file that botocore rejects as a whole, and why. */
export type BrokenFile = { readonly text: string; readonly line: number; readonly reason: RegExp }

export const CONFIG_FILES: Readonly<Record<string, ConfigFile>> = {
  'an empty file': { text: '', sections: {} },
  'comments alone': { text: '# a\n ; b\n\n\t#c', sections: {} },
  'a section without settings': { text: '[a]', sections: { a: {} } },
  'names in capitals, and both signs': {
    text: '[A]\nAWS_Key = X=Y\nb : z = 1\nc=\nd=:\n',
    sections: { A: { aws_key: 'X=Y', b: 'z = 1', c: '', d: ':' } },
  },
  'comments behind a value, which are part of it': {
    text: '[a]\nk = v # c\nl = v ; c\n',
    sections: { a: { k: 'v # c', l: 'v ; c' } },
  },
  'text behind a header': {
    text: '[a] # x\nk=1\n[b]# x\nk=2\n[c] /* x */\nk=3\n[d]x\n[e] [f]\n[g]]\n',
    sections: { a: { k: '1' }, b: { k: '2' }, c: { k: '3' }, d: {}, 'e] [f': {}, 'g]': {} },
  },
  'blanks within a header': { text: '[ a ]\n[b  c]\n', sections: { ' a ': {}, 'b  c': {} } },
  'lines that go on': {
    text: '[a]\nk = 1\n  2\n\n\t3\n  # no\n [b]\nl = 4\n\n',
    sections: { a: { k: '1\n2\n\n3\n[b]', l: '4' } },
  },
  'an indented header after another header': {
    text: '[a]\n  [b]\n  k = 1\n',
    sections: { a: {}, b: { k: '1' } },
  },
  'lines that are indented alike': {
    text: '[a]\n  k = 1\n  l = 2\n m = 3\n',
    sections: { a: { k: '1', l: '2', m: '3' } },
  },
  'a block of settings': {
    text: '[a]\ns3 =\n  x = 1\n\n  y = 2\n',
    sections: { a: { s3: '\nx = 1\n\ny = 2' } },
  },
  'inherited settings': {
    text: '[a]\nk = 1\n[DEFAULT]\nk = 2\nl = 3\n[b]\n[DEFAULT]\nm = 4\n',
    sections: { a: { k: '1', l: '3', m: '4' }, b: { k: '2', l: '3', m: '4' } },
  },
  'carriage returns, which end a line': {
    text: '[a]\r\nk = 1\rl = 2\r\r\nm = 3',
    sections: { a: { k: '1', l: '2', m: '3' } },
  },
  'white space of other kinds': {
    text: '[a]\x0b\nk\xc2\xa0=\xe2\x80\x83v\x1f\n\xe3\x80\x80 w\nl = \xef\xbb\xbfx\n',
    sections: { a: { k: 'v\nw', l: '\ufeffx' } },
  },
}

export const BROKEN_FILES: Readonly<Record<string, BrokenFile>> = {
  'a section twice': { text: '[a]\nk=1\n[b]\n[a]\n', line: 4, reason: /^line 1 begins the same section$/ },
  'a setting twice': { text: '[a]\nk = 1\nl = 2\nK: 3\n', line: 4, reason: /^line 2 has the same setting$/ },
  'an inherited setting twice': {
    text: '[DEFAULT]\nk=1\n[a]\n[DEFAULT]\nk=2\n',
    line: 5,
    reason: /^line 2 /,
  },
  'a byte order mark': { text: '\xef\xbb\xbf[a]\nk=1\n', line: 1, reason: /byte order mark/ },
  'a setting before the first header': { text: '# x\n\nk = 1\n[a]\n', line: 3, reason: /no section header/ },
  'a conflict of a merge': { text: '[a]\n<<<<<<< HEAD\nk = 1\n=======\nk = 2\n', line: 2, reason: /neither/ },
  'a setting without a name': { text: '[a]\n = 1\n', line: 2, reason: /neither/ },
  'a setting without a sign': { text: '[a]\nk\n', line: 2, reason: /neither/ },
  'a header that is not closed': { text: '[a]\n[b\n', line: 2, reason: /neither/ },
  'a header without a name': { text: '[a]\n[]\n', line: 2, reason: /neither/ },
  'another encoding': { text: '[a]\nk = 1\n# \xe9\n', line: 3, reason: /UTF-8/ },
  'half a character at the end': { text: '[a]\n# \xe2\x82', line: 2, reason: /UTF-8/ },
  'a block with a line of another form': {
    text: '[a]\nk=1\ns3 =\n  x = 1\n  y\n',
    line: 3,
    reason: /indented/,
  },
  'a block that ends at another end of line': {
    text: '[a]\ns3 =\n  x = 1\x0cy\n',
    line: 2,
    reason: /indented/,
  },
}
