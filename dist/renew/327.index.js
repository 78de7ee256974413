"use strict";
exports.id = 327;
exports.ids = [327];
exports.modules = {

/***/ 3836:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   h: () => (/* binding */ InvalidValue)
/* harmony export */ });
class InvalidValue extends Error {
    name = 'InvalidValue';
}


/***/ }),

/***/ 6568:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Y: () => (/* binding */ isCertificateError)
/* harmony export */ });
const CERTIFICATE_CODES = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|ERR_TLS_CERT_)/;
function isCertificateError(code) {
    return CERTIFICATE_CODES.test(code);
}


/***/ }),

/***/ 2049:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ isAboutTime),
/* harmony export */   Yy: () => (/* binding */ clockAheadMs),
/* harmony export */   gK: () => (/* binding */ isOff)
/* harmony export */ });
const LEAST_SKEW_MS = 4 * 60_000;
const TIME_CODES = ['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture'];
const SIGNATURE_CODES = ['SignatureDoesNotMatch', 'InvalidSignatureException', 'AuthFailure'];
function isAboutTime({ code, message }) {
    if (TIME_CODES.includes(code))
        return true;
    return SIGNATURE_CODES.includes(code) && /signature (expired|not yet current)/i.test(message);
}
function isOff(milliseconds) {
    return Math.abs(milliseconds) >= LEAST_SKEW_MS;
}
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
function clockAheadMs(headers, now) {
    const { date = '', age } = headers ?? {};
    if (age !== undefined || !HTTP_DATE.test(date))
        return undefined;
    const time = Date.parse(date);
    return Number.isNaN(time) ? undefined : time - now;
}


/***/ }),

/***/ 2481:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   YR: () => (/* binding */ parseProxy),
/* harmony export */   uQ: () => (/* binding */ decodeUserinfo),
/* harmony export */   yt: () => (/* binding */ formatProxy)
/* harmony export */ });
/* harmony import */ var _base_invalid_value_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3836);

const WRITE = 'write http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT';
const ENCODE = 'in USER and PASSWORD, write @ as %40, : as %3A and % as %25';
function parseProxy(text) {
    const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
    assertEncoded(address);
    if (/[\s\p{Cc}]/u.test(text) || !URL.canParse(address))
        throw new _base_invalid_value_js__WEBPACK_IMPORTED_MODULE_0__/* .InvalidValue */ .h(`is not the URL of a proxy: ${WRITE}${text.includes('@') ? `; ${ENCODE}` : ''}`);
    const url = new URL(address);
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
        throw new _base_invalid_value_js__WEBPACK_IMPORTED_MODULE_0__/* .InvalidValue */ .h(`is a proxy that is neither http nor https: ${WRITE}`);
    if (url.pathname !== '/' || url.search || url.hash)
        throw new _base_invalid_value_js__WEBPACK_IMPORTED_MODULE_0__/* .InvalidValue */ .h(`has something behind the proxy's host and port: ${WRITE}`);
    url.username = encodeURIComponent(decodeUserinfo(url.username));
    url.password = encodeURIComponent(decodeUserinfo(url.password));
    return url;
}
const NEVER_IN_USERINFO = /[/?#\\\s\p{Cc}]/gu;
function assertEncoded(address) {
    const [, userinfo = ''] = /^[^:]+:\/\/(.*)@/s.exec(address) ?? [];
    const found = [...new Set(userinfo.match(NEVER_IN_USERINFO))];
    if (found.length === 0)
        return;
    const advice = found.map(character => `${nameOf(character)} as ${encodeURIComponent(character)}`).join(', ');
    throw new _base_invalid_value_js__WEBPACK_IMPORTED_MODULE_0__/* .InvalidValue */ .h(`has characters in its user or password that must be percent-encoded: write ${advice}`);
}
const NAMES = { ' ': 'a space', '\t': 'a tab', '\n': 'a line break' };
function nameOf(character) {
    if (/[/?#\\]/.test(character))
        return character;
    return NAMES[character] ?? `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
function formatProxy({ protocol, hostname, port }) {
    return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}
function decodeUserinfo(text) {
    try {
        return decodeURIComponent(text.replaceAll(/%(?![\da-f]{2})/gi, '%25'));
    }
    catch {
        throw new _base_invalid_value_js__WEBPACK_IMPORTED_MODULE_0__/* .InvalidValue */ .h('has a user or a password with a % that begins no UTF-8 character: write % as %25, and other characters percent-encoded as UTF-8');
    }
}


/***/ }),

/***/ 9099:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   p: () => (/* binding */ RemoteFailure)
/* harmony export */ });
/* harmony import */ var _base_text_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(320);

class RemoteFailure extends Error {
    name = 'RemoteFailure';
    operation;
    kind;
    code;
    status;
    clock;
    isOfNewSession;
    retryAfterSeconds;
    requestId;
    constructor(operation, failure, options) {
        super((0,_base_text_js__WEBPACK_IMPORTED_MODULE_0__/* .escapeControls */ .UN)(failure.message), options);
        this.operation = operation;
        this.kind = failure.kind;
        this.code = (0,_base_text_js__WEBPACK_IMPORTED_MODULE_0__/* .escapeControls */ .UN)(failure.code);
        this.status = failure.status;
        this.clock = failure.clock;
        this.isOfNewSession = failure.isOfNewSession ?? false;
        this.retryAfterSeconds = failure.retryAfterSeconds ?? 0;
        this.requestId = failure.requestId;
    }
    get summary() {
        const status = this.status === undefined ? '' : `HTTP ${this.status}`;
        const head = this.code && status ? `${this.code} (${status})` : this.code || status;
        return [head, this.message].filter(Boolean).join(': ');
    }
}


/***/ }),

/***/ 3989:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   E2: () => (/* binding */ isThrottling),
/* harmony export */   LC: () => (/* binding */ PROPAGATION_SECONDS),
/* harmony export */   LD: () => (/* binding */ decide),
/* harmony export */   Uz: () => (/* binding */ PROPAGATION_WAIT_MS),
/* harmony export */   Wv: () => (/* binding */ waitAfter),
/* harmony export */   mu: () => (/* binding */ parseRetryAfter),
/* harmony export */   rc: () => (/* binding */ MAX_MALFORMED)
/* harmony export */ });
/* harmony import */ var _clock_skew_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2049);

const PROPAGATION_SECONDS = 10;
const PROPAGATION_WAIT_MS = 2_000;
const THROTTLING = [
    'BandwidthLimitExceeded',
    'EC2ThrottledException',
    'LimitExceededException',
    'PriorRequestNotComplete',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'RequestThrottledException',
    'SlowDown',
    'ThrottledException',
    'Throttling',
    'ThrottlingException',
    'TooManyRequestsException',
    'TransactionInProgressException',
];
const TIMEOUTS = ['RequestTimeout', 'RequestTimeoutException', 'TimeoutError'];
const ISSUER_UNREACHABLE = ['IDPCommunicationError', 'IDPCommunicationErrorException'];
const NOT_YET_PROPAGATED = ['InvalidClientTokenId', 'UnrecognizedClientException'];
const RULES = [
    { when: isFinalForIdToken, decision: 'final' },
    { when: ({ operation }) => operation === 'GetIdToken', decision: 'retry' },
    { when: ({ kind }) => kind === 'untrusted', decision: 'final' },
    { when: isRedirect, decision: 'final' },
    { when: ({ kind }) => kind === 'no-response' || kind === 'malformed-response', decision: 'retry' },
    { when: ({ status = 0 }) => isTransientStatus(status), decision: 'retry' },
    { when: isTransient, decision: 'retry' },
    { when: isKeyRetrieval, decision: 'retry' },
    { when: isExpiredIdToken, decision: 'retry-with-new-token' },
    { when: isSignedAtWrongTime, decision: 'retry-with-corrected-clock' },
    { when: isAwaitingPropagation, decision: 'awaiting-propagation' },
];
function isFinalForIdToken({ operation, kind, status = 0 }) {
    if (operation !== 'GetIdToken')
        return false;
    if (kind === 'untrusted')
        return true;
    return kind === 'proxy-refusal' ? !isTransientStatus(status) : [401, 403].includes(status);
}
function isTransientStatus(status) {
    return status === 408 || status === 429 || status >= 500;
}
function isTransient({ code }) {
    return [...THROTTLING, ...TIMEOUTS, ...ISSUER_UNREACHABLE].includes(code);
}
function isThrottling({ code, status }) {
    return status === 429 || THROTTLING.includes(code);
}
function isRedirect({ kind, status = 0 }) {
    return kind === 'malformed-response' && status >= 300;
}
function isKeyRetrieval({ code, message }) {
    return code.startsWith('InvalidIdentityToken') && /verification key/i.test(message);
}
function isExpiredIdToken({ operation, code }) {
    return operation === 'AssumeRoleWithWebIdentity' && code.startsWith('ExpiredToken');
}
function isSignedAtWrongTime(failure) {
    const { clock } = failure;
    return clock !== undefined && (0,_clock_skew_js__WEBPACK_IMPORTED_MODULE_0__/* .isAboutTime */ .$)(failure) && (0,_clock_skew_js__WEBPACK_IMPORTED_MODULE_0__/* .isOff */ .gK)(clock.aheadMs - clock.signedAheadMs);
}
function isAwaitingPropagation({ isOfNewSession, code }) {
    return isOfNewSession && NOT_YET_PROPAGATED.includes(code);
}
function decide(failure, asksDeniedAgain = false) {
    if (asksDeniedAgain && isDenied(failure))
        return 'retry-while-denied';
    return RULES.find(rule => rule.when(failure))?.decision ?? 'final';
}
function isDenied({ operation, code }) {
    return operation.startsWith('AssumeRole') && code.startsWith('AccessDenied');
}
const MAX_MALFORMED = 3;
const FIRST_CEILING_MS = 200;
const GROWTH = 4;
const MAX_CEILING_MS = 20_000;
const MAX_RETRY_AFTER_SECONDS = 300;
function waitAfter(attempt, chance, retryAfterSeconds = 0) {
    const jitter = chance * Math.min(MAX_CEILING_MS, FIRST_CEILING_MS * GROWTH ** (attempt - 1));
    return Math.round(jitter + 1000 * Math.min(MAX_RETRY_AFTER_SECONDS, retryAfterSeconds));
}
function parseRetryAfter(text, now) {
    if (text === undefined)
        return 0;
    const seconds = /^\d{1,9}$/.test(text.trim()) ? Number(text) : (Date.parse(text) - now) / 1000;
    return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}


/***/ }),

/***/ 327:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  failureLine: () => (/* binding */ failureLine),
  renewTogether: () => (/* binding */ renewTogether)
});

// EXTERNAL MODULE: ../build/core/base/failure.js
var base_failure = __webpack_require__(8417);
// EXTERNAL MODULE: ../build/core/base/text.js
var base_text = __webpack_require__(320);
// EXTERNAL MODULE: ../build/core/identity/expectation.js
var expectation = __webpack_require__(6818);
// EXTERNAL MODULE: ../build/core/base/invalid-value.js
var invalid_value = __webpack_require__(3836);
;// CONCATENATED MODULE: ../build/core/network/endpoint-url.js


function parseEndpoint(text) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
        throw new invalid_value/* InvalidValue */.h('is not an https URL: write https://HOST, or http://HOST for a server of your own');
    }
    if (url.username || url.password)
        throw new invalid_value/* InvalidValue */.h('holds a user or a password, which an endpoint does not take');
    if (url.search || url.hash)
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} holds a query or a fragment: write https://HOST`);
    return url;
}
function isLoopback({ hostname }) {
    return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

;// CONCATENATED MODULE: ../build/core/base/list-values.js


function parseList(text) {
    const lines = text.split(/\r?\n/).filter(line => line.trim() !== '');
    const rows = lines.map(line => line.split(',').map(element => element.trim()));
    const elements = rows.flat();
    if (rows.some(mixesArnsAndNames)) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} has an ARN and a name on one line: write one a line, and no name with a comma`);
    }
    if (elements.includes('')) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} has an empty element between commas: take the comma or the unset variable out`);
    }
    return elements;
}
function mixesArnsAndNames(row) {
    const isArn = (element) => element.startsWith('arn:');
    return row.some(isArn) && row.some(element => element !== '' && !isArn(element));
}
function parseListOr(text, keyword) {
    const elements = parseList(text);
    const lookalike = elements.find(element => element !== keyword && element.toLowerCase() === keyword);
    if (lookalike)
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(lookalike)} looks like "${keyword}": write it in lower case`);
    if (!elements.includes(keyword))
        return elements;
    if (elements.length > 1)
        throw new invalid_value/* InvalidValue */.h(`"${keyword}" can't stand beside other values: write it alone or leave it out`);
    return keyword;
}
function parseAll(list, parse) {
    const wrong = [];
    const values = list.flatMap(element => {
        try {
            return [parse(element)];
        }
        catch (error) {
            if (!(error instanceof invalid_value/* InvalidValue */.h))
                throw error;
            wrong.push(error.message);
            return [];
        }
    });
    if (wrong.length > 0)
        throw new invalid_value/* InvalidValue */.h(wrong.join('; '));
    return values;
}

;// CONCATENATED MODULE: ../build/core/base/plain-values.js


const TRUE = ['true', 'True', 'TRUE'];
const FALSE = ['false', 'False', 'FALSE'];
function parseBoolean(text) {
    if (TRUE.includes(text))
        return true;
    if (FALSE.includes(text))
        return false;
    throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not a boolean: write true or false`);
}
function parseNumber(text, { least, most, unit }) {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    if (value === undefined || value < least || value > most) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} must be a number of ${unit} from ${least} to ${most}, in plain digits`);
    }
    return value;
}
function parseChoice(text, choices) {
    const choice = choices.find(candidate => candidate === text);
    if (choice === undefined)
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is none of ${choices.join(', ')}`);
    return choice;
}
function isNone(text) {
    if (text !== 'none' && text.toLowerCase() === 'none')
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} looks like "none": write it in lower case`);
    return text === 'none';
}
function parseUnlessNone(parse) {
    return text => (isNone(text) ? undefined : parse(text));
}
function whyNotPlain(text) {
    if (/["'[\]]|^-\s|\s#/.test(text))
        return '; write the value alone, without quotes, brackets, dashes or comments';
    return /\s/.test(text) ? '; it holds white space' : '';
}

;// CONCATENATED MODULE: ../build/core/network/ip-address.js
function parseIpAddress(text) {
    return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}
function sharePrefix(one, other, length) {
    const rest = BigInt(one.bits - length);
    return one.bits === other.bits && one.value >> rest === other.value >> rest;
}
function parseIpv4(text) {
    if (!/^(?:(?:0|[1-9]\d{0,2})(?:\.(?!$)|$)){4}$/.test(text))
        return undefined;
    const octets = text.split('.').map(Number);
    if (octets.some(octet => octet > 255))
        return undefined;
    return { bits: 32, value: toValue(octets, 8) };
}
function parseIpv6(text) {
    if (!/^[\da-f:.]+$/i.test(text) || !URL.canParse(`http://[${text}]`))
        return undefined;
    const [head = '', tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::');
    const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
    const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
    return { bits: 128, value: toValue([...before, ...zeros, ...after], 16) };
}
function groupsOf(text) {
    return text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16));
}
function toValue(digits, width) {
    return digits.reduce((value, digit) => (value << BigInt(width)) | BigInt(digit), 0n);
}

;// CONCATENATED MODULE: ../build/core/network/no-proxy.js



const ALL = [{ kind: 'all' }];
function parseNoProxy(text) {
    if (text.trim() === '*')
        return ALL;
    const wrong = elementsOf(text).filter(element => !parseRule(element));
    if (wrong.length > 0) {
        throw new invalid_value/* InvalidValue */.h(`${wrong.map(showElement).join(', ')}: write hosts, domains, IP addresses or CIDR blocks, with :PORT where one port is meant, or * alone`);
    }
    return parseKnownNoProxy(text);
}
function showElement(element) {
    return element.includes('@') ? 'an element with a user or a password' : (0,base_text/* quote */.hD)(element);
}
function parseKnownNoProxy(text) {
    if (text.trim() === '*')
        return ALL;
    return elementsOf(text).flatMap(element => parseRule(element) ?? []);
}
function bypassesProxy(url, rules) {
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    const address = parseIpAddress(host);
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    return rules.some(rule => {
        if (rule.kind === 'all')
            return true;
        if (rule.port !== undefined && rule.port !== port)
            return false;
        if (rule.kind === 'domain')
            return address === undefined && isWithin(host, rule);
        return address !== undefined && sharePrefix(rule.address, address, rule.prefix);
    });
}
function isWithin(host, { name, includesItself }) {
    return host.endsWith(`.${name}`) || (includesItself && host === name);
}
function elementsOf(text) {
    return text.split(/[\s,]+/).filter(element => element !== '');
}
function parseRule(element) {
    return parseNetwork(element, undefined) ?? parseWithPort(element);
}
function parseWithPort(element) {
    const { host = '', digits } = /^(?<host>[^:]+|\[.+\])(?::(?<digits>\d{1,5}))?$/.exec(element)?.groups ?? {};
    const port = digits === undefined ? undefined : Number(digits);
    if (port !== undefined && port > 65_535)
        return undefined;
    return parseNetwork(host, port) ?? parseDomain(host, port);
}
function parseNetwork(text, port) {
    const { bracketed, plain, length } = /^(?:\[(?<bracketed>[^\]:]*:[^\]]*)\]|(?<plain>[^[\]/]+))(?:\/(?<length>\d{1,3}))?$/.exec(text)?.groups ??
        {};
    const address = parseIpAddress(bracketed ?? plain ?? '');
    if (!address)
        return undefined;
    const prefix = length === undefined ? address.bits : Number(length);
    return prefix > address.bits ? undefined : { kind: 'network', address, prefix, port };
}
const NUMBERS_ALONE = /^[\d.]+$/;
function parseDomain(text, port) {
    const { star, name = '' } = /^(?:(?<star>\*)?\.)?(?<name>[\w-]+(?:\.[\w-]+)*)\.?$/.exec(text.toLowerCase())?.groups ?? {};
    if (name === '' || NUMBERS_ALONE.test(name))
        return undefined;
    return { kind: 'domain', name, includesItself: star === undefined, port };
}

// EXTERNAL MODULE: ../build/core/network/proxy-address.js
var proxy_address = __webpack_require__(2481);
;// CONCATENATED MODULE: ../build/core/base/json-object.js

function parseJsonObject(text) {
    const value = parseJson(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new invalid_value/* InvalidValue */.h('is JSON, but no object: it must begin with { and end with }');
    }
    return value;
}
function parseJson(text) {
    try {
        return JSON.parse(text);
    }
    catch (error) {
        throw new invalid_value/* InvalidValue */.h(`is not JSON${placeOf(error, text)}: check its quotes, commas and braces`);
    }
}
function placeOf(error, text) {
    const position = error instanceof Error ? / at position (\d+)/.exec(error.message)?.[1] : undefined;
    if (position === undefined)
        return '';
    const before = text.slice(0, Number(position));
    return ` from line ${before.split('\n').length}, character ${before.length - before.lastIndexOf('\n')} on`;
}
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;
function duplicateKeysIn(json) {
    const duplicates = [];
    const open = [];
    const tokens = json.match(TOKEN) ?? [];
    tokens.forEach((token, index) => {
        if (token === '{')
            open.push(new Set());
        if (token === '[')
            open.push(new Set());
        if (token === '}' || token === ']')
            open.pop();
        if (tokens[index + 1] !== ':')
            return;
        const key = JSON.parse(token);
        const keys = open.at(-1);
        if (keys?.has(key))
            duplicates.push(key);
        keys?.add(key);
    });
    return duplicates;
}

;// CONCATENATED MODULE: ../build/core/sts/session-tags.js



const ESSENTIAL = {
    Repository: 'GITHUB_REPOSITORY',
    Workflow: 'GITHUB_WORKFLOW',
    Action: 'GITHUB_ACTION',
    Actor: 'GITHUB_ACTOR',
    Commit: 'GITHUB_SHA',
    Branch: 'GITHUB_REF',
};
const DROPPABLE = {
    EventName: 'GITHUB_EVENT_NAME',
    BaseRef: 'GITHUB_BASE_REF',
    HeadRef: 'GITHUB_HEAD_REF',
    RunId: 'GITHUB_RUN_ID',
    Job: 'GITHUB_JOB',
    TriggeringActor: 'GITHUB_TRIGGERING_ACTOR',
};
function tagSourceOf(environment) {
    const names = [...Object.values(ESSENTIAL), ...Object.values(DROPPABLE)];
    return Object.fromEntries(names.map(name => [name, environment[name] ?? '']));
}
const GITHUB_TAG = { key: 'GitHub', value: 'Actions', droppable: false };
const OWN_KEYS = [GITHUB_TAG.key, ...Object.keys(ESSENTIAL), ...Object.keys(DROPPABLE)];
const MAX_TAGS = 50;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;
const NOT_ALLOWED = /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu;
function sessionTags(run, custom) {
    return [GITHUB_TAG, ...runTags(run, ESSENTIAL, false), ...runTags(run, DROPPABLE, true), ...custom];
}
function runTags(run, variables, droppable) {
    return Object.entries(variables).flatMap(([key, variable]) => {
        const value = run[variable];
        return value ? [{ key, value: toTagValue(value), droppable }] : [];
    });
}
function toTagValue(text) {
    const cut = text.replaceAll(NOT_ALLOWED, '_').slice(0, MAX_VALUE_LENGTH);
    return cut.replace(/[\ud800-\udbff]$/, '');
}
function essentialTags(tags) {
    return tags.filter(({ droppable }) => !droppable);
}
function transitiveTagKeys(wanted, tags) {
    const present = new Set(tags.map(({ key }) => key));
    const distinct = [...new Set(wanted)];
    return {
        keys: distinct.filter(key => present.has(key)),
        unknown: distinct.filter(key => !present.has(key)),
    };
}
function parseCustomTags(text) {
    const object = parseJsonObject(text);
    const entries = Object.entries(object);
    const problems = [
        ...entries.flatMap(([key, value]) => [...keyProblems(key), ...valueProblems(key, value)]),
        ...repeatedKeys(text, object),
        ...spellingsOfOneKey(Object.keys(object)),
        ...countProblems(entries.length),
    ];
    if (problems.length > 0)
        throw new invalid_value/* InvalidValue */.h(problems.join('; '));
    return entries.map(([key, value]) => ({ key, value: String(value), droppable: false }));
}
function keyProblems(key) {
    if (key === '')
        return ['a key is empty: give the tag a name'];
    const what = `the key ${(0,base_text/* quote */.hD)(key)}`;
    const own = OWN_KEYS.find(candidate => candidate.toLowerCase() === key.toLowerCase());
    return [
        ...textProblems(what, key, MAX_KEY_LENGTH),
        ...(own ? [`${what} is that of a tag that the action sends itself (${own}): choose another`] : []),
    ];
}
function valueProblems(key, value) {
    const what = `the value of ${(0,base_text/* quote */.hD)(key)}`;
    if (typeof value === 'object')
        return [`${what} is ${kindOf(value)}: write a string, a number, true or false`];
    if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)
        return [`${what} is a number too large to be kept as it is: write it in quotes`];
    return textProblems(what, String(value), MAX_VALUE_LENGTH);
}
function kindOf(value) {
    if (value === null)
        return 'null';
    return Array.isArray(value) ? 'a list' : 'an object';
}
function textProblems(what, text, longest) {
    const problems = [];
    if (text.length > longest)
        problems.push(`${what} has ${text.length} characters: AWS takes ${longest}`);
    if (text.startsWith('aws:'))
        problems.push(`${what} begins with aws:, which AWS keeps for itself`);
    const found = new Set(text.match(NOT_ALLOWED));
    if (found.size > 0) {
        problems.push(`${what} holds ${(0,base_text/* quote */.hD)([...found].join(''))}: AWS takes letters, digits, blanks and _.:/=+-@ in tags`);
    }
    return problems;
}
function repeatedKeys(text, object) {
    const repeated = new Set(duplicateKeysIn(text).filter(key => Object.hasOwn(object, key)));
    return [...repeated].map(key => `the key ${(0,base_text/* quote */.hD)(key)} stands twice: take one of them out`);
}
function spellingsOfOneKey(keys) {
    const first = new Map();
    return keys.flatMap(key => {
        const other = first.get(key.toLowerCase());
        if (other === undefined)
            first.set(key.toLowerCase(), key);
        return other === undefined
            ? []
            : [
                `the keys ${(0,base_text/* quote */.hD)(other)} and ${(0,base_text/* quote */.hD)(key)} differ in case alone, and are one to AWS: keep one of them`,
            ];
    });
}
function countProblems(count) {
    const most = MAX_TAGS - OWN_KEYS.length;
    if (count <= most)
        return [];
    return [
        `has ${count} tags: AWS takes ${MAX_TAGS}, of which the action sends ${OWN_KEYS.length}, so write ${most} at most`,
    ];
}

;// CONCATENATED MODULE: ../build/core/base/pattern.js
function matchesPattern(text, pattern) {
    const [first = '', ...rest] = pattern.split('*');
    const last = rest.pop();
    if (last === undefined)
        return text.length === first.length && matchesAt(text, first, 0);
    const end = text.length - last.length;
    if (end < first.length || !matchesAt(text, first, 0) || !matchesAt(text, last, end))
        return false;
    let at = first.length;
    for (const part of rest) {
        const found = findPart(text, part, at);
        if (found < 0)
            return false;
        at = found + part.length;
    }
    return at <= end;
}
function findPart(text, part, from) {
    if (!part.includes('?'))
        return text.indexOf(part, from);
    for (let at = from; at + part.length <= text.length; at++) {
        if (matchesAt(text, part, at))
            return at;
    }
    return -1;
}
function matchesAt(text, part, at) {
    for (let index = 0; index < part.length; index++) {
        if (part[index] !== '?' && part[index] !== text[at + index])
            return false;
    }
    return true;
}
function hasWildcard(pattern) {
    return /[*?]/.test(pattern.replaceAll(/\$\{[*?$]\}/g, ''));
}

;// CONCATENATED MODULE: ../build/core/token/claim-values.js
function claim_values_claimValues(claims, name) {
    const claim = Object.hasOwn(claims, name) ? claims[name] : undefined;
    const list = Array.isArray(claim) ? claim : [claim];
    return list.filter(value => ['string', 'number', 'boolean'].includes(typeof value)).map(String);
}

;// CONCATENATED MODULE: ../build/core/token/required-claims.js





const LINE = /^(?<claim>[\w.-]+)\s*(?<operator>[=~])\s*(?<text>.+)$/;
function parseRequiredClaims(input) {
    if (input === 'none')
        return [];
    const lines = input.split(/\r?\n/).map(line => line.trim());
    const required = new Map();
    for (const line of lines.filter(Boolean)) {
        const parts = LINE.exec(line)?.groups;
        if (!parts)
            throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(line)} is neither claim=value nor claim~pattern`);
        const { claim, operator, text } = parts;
        const alternative = { kind: operator === '=' ? 'value' : 'pattern', text };
        const others = required.get(claim);
        if (others)
            others.push(alternative);
        else
            required.set(claim, [alternative]);
    }
    return Array.from(required, ([claim, alternatives]) => ({ claim, alternatives }));
}
function formatRequiredClaims(required) {
    return required.flatMap(({ claim, alternatives }) => alternatives.map(({ kind, text }) => `${claim}${kind === 'value' ? '=' : '~'}${text}`));
}
function failedClaims(required, { all }) {
    return required.filter(({ claim, alternatives }) => {
        return !claim_values_claimValues(all, claim).some(value => alternatives.some(({ kind, text }) => isMet(kind, text, value)));
    });
}
function assertClaims(required, claims) {
    const { all } = claims;
    const wrong = failedClaims(required, claims);
    if (wrong.length === 0)
        return;
    const lines = wrong.map(({ claim, alternatives }) => {
        const wanted = alternatives
            .map(({ kind, text }) => `${kind === 'pattern' ? 'like ' : ''}${(0,base_text/* quote */.hD)(text)}`)
            .join(' or ');
        return `- ${claim}: expected ${wanted}, got ${formatClaim(all, claim)}`;
    });
    throw new base_failure/* GateError */.ue('ERR_CLAIM_MISMATCH', `this run's token doesn't match required-claims\n${lines.join('\n')}`, 'AWS was not called, and no credentials were exported. If this run should pass, correct required-claims. If not, the gate did its job.');
}
function isMet(kind, wanted, actual) {
    return kind === 'value' ? actual === wanted : matchesPattern(actual, wanted);
}
function formatClaim(all, claim) {
    if (!Object.hasOwn(all, claim))
        return 'no such claim';
    const values = claim_values_claimValues(all, claim);
    return values.length > 0 ? values.map(value => `"${(0,base_text/* escapeControls */.UN)(value)}"`).join(', ') : 'no text';
}

// EXTERNAL MODULE: ../build/core/identity/verdict.js
var verdict = __webpack_require__(8765);
;// CONCATENATED MODULE: ../build/core/profiles/settings.js

const DEFAULTS_OF_PYTHON = 'DEFAULT';
function isProfileName(text) {
    return /^[\w.@+%:-]{1,64}$/.test(text) && text !== DEFAULTS_OF_PYTHON && !(text in {});
}
function profilePaths(environment, home, join) {
    const place = (named, name) => named ? named.replace(/^~(?=[\\/])/, () => home) : join(home, '.aws', name);
    return {
        credentials: place(environment.AWS_SHARED_CREDENTIALS_FILE, 'credentials'),
        config: place(environment.AWS_CONFIG_FILE, 'config'),
    };
}
function profileSettings(match, region) {
    assertGenuine(match);
    const { accessKeyId, secretAccessKey, sessionToken } = match.session.credentials;
    return {
        credentials: {
            aws_access_key_id: accessKeyId,
            aws_secret_access_key: secretAccessKey,
            ...(sessionToken ? { aws_session_token: sessionToken } : {}),
        },
        config: { region },
    };
}
function renewingSettings(command, region) {
    return { config: { credential_process: command, region } };
}

// EXTERNAL MODULE: ../build/core/identity/arn.js
var arn = __webpack_require__(4479);
;// CONCATENATED MODULE: ../build/core/identity/arn-problems.js



function whyNotArn(text) {
    const reason = whyNotPlain(text) || whyNotOneArn(text);
    if (reason)
        return reason;
    if (/[*?]/.test(text))
        return '; it holds a pattern, and only equality is known here';
    if (!/^arn:/i.test(text))
        return '';
    const [scheme, , , , accountId = '', ...rest] = text.split(':');
    if (scheme !== 'arn')
        return '; it must begin with arn: in lower case';
    if (rest.length === 0)
        return '; a colon is missing: arn:PARTITION:SERVICE::ACCOUNT:RESOURCE';
    if (!(0,arn/* isAccountId */.JG)(accountId))
        return `; its account ${(0,base_text/* quote */.hD)(accountId)} does not have exactly 12 digits`;
    const resource = rest.join(':');
    if (/\/$|\/\//.test(resource))
        return '; its name or a part of its path is blank';
    return whyNotResource(resource);
}
function whyNotOneArn(text) {
    return /arn:.*arn:/is.test(text) ? '; it looks like two ARNs run together: write one per line' : '';
}
function whyNotResource(resource) {
    const foreign = /[^\w+=,.@/-]/u.exec(resource)?.[0];
    return foreign === undefined
        ? ''
        : `; it contains ${(0,base_text/* quote */.hD)(foreign)}, and a path or name may only contain letters, digits and +=,.@_- here (IAM allows more in a path)`;
}
function whyNotRole(text) {
    if (/^arn:[^:]*:sts:/.test(text))
        return "; this is a session's ARN, not the role's";
    return /^arn:[^:]*:iam::\d{12}:(?!role\/)/.test(text)
        ? '; what follows the account must begin with role/'
        : '';
}

// EXTERNAL MODULE: ../build/core/identity/session.js
var session = __webpack_require__(640);
;// CONCATENATED MODULE: ../build/core/inputs/role-values.js






const PSEUDO_REGION = /(^|-)(fips|global)(-|$)/;
function parseRegion(text) {
    const isHostLabel = /^[a-z0-9-]{1,63}$/.test(text) && !text.startsWith('-') && !text.endsWith('-');
    if (!isHostLabel || PSEUDO_REGION.test(text)) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not a region: write its code, such as eu-west-1${whyNotPlain(text)}`);
    }
    return text;
}
function parseAccountId(text) {
    if (!(0,arn/* isAccountId */.JG)(text)) {
        const lostZero = /^\d{1,11}$/.test(text) ? ' (YAML drops a leading 0 unless the ID is in quotes)' : '';
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not an account ID: it has exactly 12 digits${lostZero}${whyNotPlain(text)}`);
    }
    return text;
}
function parseRoleId(text) {
    if (!/^AROA[A-Z0-9]{4,124}$/.test(text)) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not a role's unique ID: it starts with AROA (aws iam get-role shows it as RoleId)`);
    }
    return text;
}
function parseRoleToAssume(text) {
    if (isNone(text))
        return 'none';
    return (0,arn/* isRoleName */.yn)(text) ? { kind: 'role-name', roleName: text } : parseRole(text);
}
function parseRole(text) {
    const role = (0,arn/* parseRoleArn */.DM)(text);
    if (!role) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not a role ARN: write arn:aws:iam::ACCOUNT:role/NAME${whyNotArn(text) || whyNotRole(text)}`);
    }
    return role;
}
function parseSessionName(text) {
    const name = text.replaceAll(/[^\w+=,.@-]/gu, '-').slice(0, 64);
    if (name.length < 2)
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is too short for a session name: write 2 to 64 characters`);
    return name;
}
function parseExternalId(text) {
    if (!/^[\w+=,.@:/-]{2,1224}$/.test(text)) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not an external ID: write 2 to 1224 letters, digits and +=,.@:/_-`);
    }
    return text;
}
function parseSourceIdentity(text) {
    if (!/^[\w+=,.@-]{2,64}$/.test(text)) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not a source identity: write 2 to 64 letters, digits and +=,.@_-${whyNotPlain(text)}`);
    }
    return text;
}
function parseKey(text) {
    if (!(0,session/* isKey */.m)(text)) {
        throw new invalid_value/* InvalidValue */.h('contains whitespace or characters that keys never have: store it again without line breaks');
    }
    return text;
}

;// CONCATENATED MODULE: ../build/core/inputs/profile-values.js






const MAX_PROFILES = 100;
function parseProfileRoles(text) {
    const lines = text
        .split(/\r?\n/)
        .map(line => line.trim())
        .filter(line => line !== '');
    if (lines.length > MAX_PROFILES)
        throw new invalid_value/* InvalidValue */.h(`has ${lines.length} lines: write at most ${MAX_PROFILES} and put the rest in another step`);
    const profiles = parseAll(lines, parseProfileRole);
    const names = profiles.map(({ name }) => name);
    const twice = names.filter((name, index) => names.indexOf(name) < index);
    if (twice.length > 0)
        throw new invalid_value/* InvalidValue */.h(`names ${twice.map(base_text/* quote */.hD).join(', ')} more than once: write each once`);
    return profiles;
}
function parseProfileRole(line) {
    const sign = line.indexOf('=');
    if (sign < 0)
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(line)} is not PROFILE=ROLE: write a profile's name, =, and the ARN of its role`);
    const [name, arn] = [line.slice(0, sign).trimEnd(), line.slice(sign + 1).trimStart()];
    if (holdsAnotherProfile(arn))
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(line)} contains several profiles or a comma: write each profile on its own line`);
    try {
        return { name: parseProfileName(name), role: parseRole(arn) };
    }
    catch (error) {
        if (!(error instanceof invalid_value/* InvalidValue */.h))
            throw error;
        throw new invalid_value/* InvalidValue */.h(`in ${(0,base_text/* quote */.hD)(line)}, ${error.message}`);
    }
}
function holdsAnotherProfile(arn) {
    const role = arn.search(NEXT_ROLE);
    return arn.endsWith(',') || (role >= 0 && /[,\s]/.test(arn.slice(0, role)));
}
const NEXT_ROLE = /=\s*arn:/;
function parseSingleProfile(text) {
    if (NEXT_ROLE.test(text))
        throw new invalid_value/* InvalidValue */.h('contains a role; use aws-profiles');
    return parseProfileName(text);
}
function parseProfileName(text) {
    if (!isProfileName(text)) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not a profile name that all tools understand: write at most 64 letters, digits and _.@+%:-${whyNotPlain(text)}`);
    }
    return text;
}

;// CONCATENATED MODULE: ../build/core/inputs/session-policy.js





const MOST_CHARACTERS = 2048;
const MOST_POLICIES = 10;
const FOREIGN = /[^\t\n\r\u0020-\u00ff]/gu;
function parseInlinePolicy(text) {
    const policy = parseJsonObject(text);
    const problems = [...statementProblems(policy), ...characterProblems(text)];
    if (problems.length > 0)
        throw new invalid_value/* InvalidValue */.h(problems.join('; '));
    return minify(text);
}
function statementProblems(policy) {
    if (Object.hasOwn(policy, 'Statement'))
        return [];
    return ['has no Statement: write {"Version": "2012-10-17", "Statement": […]}'];
}
function characterProblems(text) {
    const foreign = new Set(text.match(FOREIGN));
    if (foreign.size === 0)
        return [];
    return [
        `contains ${(0,base_text/* quote */.hD)([...foreign].join(''))}, which AWS doesn't allow in a policy: use a \\uXXXX escape`,
    ];
}
function minify(json) {
    return json.replaceAll(/("(?:[^"\\]|\\.)*")|[ \t\n\r]/g, '$1');
}
const POLICY_ARN = /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,128}$/;
function parseManagedPolicies(text) {
    const arns = [...new Set(parseList(text))];
    const problems = arns.filter(arn => !POLICY_ARN.test(arn)).map(arnProblem);
    if (arns.length > MOST_POLICIES)
        problems.push(`has ${arns.length} policies: AWS allows at most ${MOST_POLICIES}`);
    if (problems.length > 0)
        throw new invalid_value/* InvalidValue */.h(problems.join('; '));
    return arns;
}
function arnProblem(text) {
    const reason = whyNotOneArn(text) || (text.includes(':iam::aws:') ? '' : whyNotArn(text));
    return `${(0,base_text/* quote */.hD)(text)} is not a managed policy: write arn:aws:iam::ACCOUNT:policy/NAME, with aws as the account of AWS managed policies${reason}`;
}
function policyProblems(inline, managed, partition) {
    return [...sizeProblems(inline ?? '', managed.join('')), ...foreignPolicies(managed, partition)];
}
function sizeProblems(inline, managed) {
    const total = inline.length + managed.length;
    if (total <= MOST_CHARACTERS)
        return [];
    const limit = `but AWS allows at most ${MOST_CHARACTERS}`;
    if (managed === '') {
        return [
            `inline-session-policy: has ${total} characters without whitespace, ${limit}: shorten it, or use managed-session-policies instead`,
        ];
    }
    if (inline === '')
        return [`managed-session-policies: has ${total} characters, ${limit}: list fewer policies`];
    return [
        `inline-session-policy, managed-session-policies: together they have ${total} characters (${inline.length} and ${managed.length}), ${limit}: shorten the policy or list fewer`,
    ];
}
function foreignPolicies(arns, partition) {
    const foreign = arns.filter(arn => !arn.startsWith(`arn:${partition}:`));
    if (foreign.length === 0)
        return [];
    return [
        `managed-session-policies: ${foreign.map(base_text/* quote */.hD).join(', ')} must be in the region's partition: write arn:${partition}:…`,
    ];
}

;// CONCATENATED MODULE: ../build/core/inputs/declared-inputs.js











function required(parse) {
    return { byDefault: '', blankIsError: true, parse };
}
function guard(byDefault, parse) {
    return { byDefault, blankIsError: true, parse };
}
function unlessNone(parse) {
    return guard('none', parseUnlessNone(parse));
}
function setting(byDefault, parse) {
    return { byDefault, blankIsError: false, parse };
}
function optional(parse) {
    return { byDefault: '', blankIsError: false, parse: text => (text === '' ? undefined : parse(text)) };
}
const declared_inputs_DECLARED_INPUTS = {
    'aws-region': required(parseRegion),
    'role-to-assume': guard('none', parseRoleToAssume),
    audience: optional(text => text),
    'role-session-name': setting('GitHubActions', parseSessionName),
    'source-identity': optional(parseSourceIdentity),
    'role-duration-seconds': setting('3600', text => parseNumber(text, { least: 900, most: 43_200, unit: 'seconds' })),
    'role-external-id': optional(parseExternalId),
    'role-chaining': setting('false', parseBoolean),
    'role-chain': unlessNone(text => parseAll(parseList(text), parseRole)),
    'web-identity-token-file': optional(text => text),
    'aws-access-key-id': optional(parseKey),
    'aws-secret-access-key': optional(parseKey),
    'aws-session-token': optional(parseKey),
    'force-skip-oidc': setting('false', parseBoolean),
    'use-existing-credentials': setting('false', parseBoolean),
    'unset-current-credentials': setting('false', parseBoolean),
    'inline-session-policy': unlessNone(parseInlinePolicy),
    'managed-session-policies': unlessNone(parseManagedPolicies),
    'role-skip-session-tagging': setting('false', parseBoolean),
    'custom-tags': optional(parseCustomTags),
    'transitive-tag-keys': optional(parseList),
    'translate-env-variables': setting('false', parseTranslateEnvVariables),
    'expected-role': guard('role-to-assume', parseExpectedRole),
    'expected-role-id': guard('any', text => mapList(parseListOr(text, 'any'), parseRoleId)),
    'allowed-account-ids': guard('any', text => mapList(parseListOr(text, 'any'), parseAccountId)),
    'forbidden-account-ids': guard('none', text => mapList(parseListOr(text, 'none'), parseAccountId)),
    'required-claims': guard('none', parseRequiredClaims),
    'trust-policy': optional(text => text),
    'on-mismatch': setting('fail', text => parseChoice(text, ['fail', 'report'])),
    'output-env-credentials': optional(parseBoolean),
    'output-credentials': setting('false', parseBoolean),
    'aws-profile': optional(parseSingleProfile),
    'overwrite-aws-profile': setting('false', parseBoolean),
    'refresh-credentials': setting('false', parseBoolean),
    'aws-profiles': unlessNone(parseProfileRoles),
    'mask-aws-account-id': setting('false', parseBoolean),
    'job-summary': setting('true', parseBoolean),
    'sts-endpoint': optional(parseEndpoint),
    'use-fips-endpoint': optional(parseBoolean),
    'use-dualstack-endpoint': optional(parseBoolean),
    'sts-fallback-regions': optional(text => parseAll(parseList(text), parseRegion)),
    'http-proxy': optional(proxy_address/* parseProxy */.YR),
    'no-proxy': optional(parseNoProxy),
    'ca-bundle': optional(text => text),
    'retry-max-attempts': setting('12', text => parseNumber(text, { least: 0, most: 50, unit: 'attempts' })),
    'disable-retry': setting('false', parseBoolean),
    'retry-access-denied-seconds': setting('0', text => parseNumber(text, { least: 0, most: 900, unit: 'seconds' })),
    'action-timeout-s': setting('120', text => parseNumber(text, { least: 0, most: 86_400, unit: 'seconds' })),
    'special-characters-workaround': setting('false', parseBoolean),
};
const declared_inputs_INPUT_NAMES = Object.keys(declared_inputs_DECLARED_INPUTS);
function declared_inputs_rawName(name) {
    return name.toUpperCase();
}
function parseEach(raw) {
    const values = {};
    const problems = [];
    const unparsed = new Set();
    for (const name of declared_inputs_INPUT_NAMES) {
        try {
            values[name] = parseOne(declared_inputs_DECLARED_INPUTS[name], raw[declared_inputs_rawName(name)]);
        }
        catch (error) {
            if (!(error instanceof invalid_value/* InvalidValue */.h))
                throw error;
            problems.push(`${name}: ${error.message}`);
            unparsed.add(name);
        }
    }
    return { values: { ...values, unparsed }, problems };
}
function parseOne({ byDefault, blankIsError, parse }, text) {
    const given = (text ?? byDefault).trim();
    if (given === '' && blankIsError)
        throw new invalid_value/* InvalidValue */.h(blankProblem(byDefault));
    return parse(given || byDefault);
}
function blankProblem(byDefault) {
    if (byDefault === '')
        return 'is required, but blank or missing';
    return `is blank, perhaps from an unset variable: set a value, or write "${byDefault}" if you mean that`;
}
function parseTranslateEnvVariables(text) {
    if (parseBoolean(text))
        throw new invalid_value/* InvalidValue */.h('is true, but environment variables never set inputs here, because an earlier step can set them: set each input under `with:`, and remove this one or set it to false');
    return false;
}
function mapList(list, parse) {
    return typeof list === 'string' ? list : parseAll(list, parse);
}
function parseExpectedRole(text) {
    const list = parseListOr(text, 'any');
    return typeof list === 'string' ? list : parseListOr(text, 'role-to-assume');
}

;// CONCATENATED MODULE: ../build/core/inputs/source-choice.js
function source_choice_chooseSource(facts) {
    if (facts.hasAccessKeys)
        return { kind: 'access-keys', reason: 'access keys (aws-access-key-id is set)' };
    if (facts.hasTokenFile)
        return { kind: 'token-file', reason: 'token file (web-identity-token-file is set)' };
    const obstacle = whyNotOidc(facts);
    if (obstacle)
        return { kind: 'existing', reason: `existing credentials (${obstacle})` };
    return {
        kind: 'oidc',
        reason: 'GitHub OIDC token',
    };
}
function whyNotOidc({ roleChaining, forceSkipOidc, hasRole, offersIdToken, }) {
    if (roleChaining)
        return 'role-chaining is true';
    if (forceSkipOidc)
        return 'force-skip-oidc is true';
    if (!hasRole)
        return 'role-to-assume is none';
    if (!offersIdToken)
        return 'the runner offers no OIDC token; check the permission id-token: write';
    return undefined;
}
function sourceConflicts(facts) {
    return { problems: contradictions(facts), warnings: withoutEffect(facts) };
}
function contradictions({ hasAccessKeys, hasTokenFile, hasRole }) {
    const problems = [];
    if (hasAccessKeys && hasTokenFile) {
        problems.push('web-identity-token-file: is set together with aws-access-key-id, but only one of them can be the source: remove one of them');
    }
    if (hasTokenFile && !hasRole) {
        problems.push('web-identity-token-file: has no use without a role: set role-to-assume, or remove it');
    }
    return problems;
}
function withoutEffect({ hasAccessKeys, hasTokenFile, roleChaining }) {
    if (!roleChaining || !(hasAccessKeys || hasTokenFile))
        return [];
    const source = hasAccessKeys ? 'aws-access-key-id' : 'web-identity-token-file';
    return [
        `role-chaining: is true, but ${source} is set and takes precedence, so the job's existing credentials aren't used: remove one of them`,
    ];
}

;// CONCATENATED MODULE: ../build/core/inputs/input-checks.js





function sourceOf(values, environment) {
    return source_choice_chooseSource(factsOf(values, environment));
}
function factsOf(values, environment) {
    return {
        hasAccessKeys: hasAccessKeys(values),
        hasTokenFile: values['web-identity-token-file'] !== undefined,
        roleChaining: values['role-chaining'] ?? true,
        forceSkipOidc: values['force-skip-oidc'] ?? true,
        hasRole: assumesRole(values),
        offersIdToken: Boolean(environment.ACTIONS_ID_TOKEN_REQUEST_URL && environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN),
    };
}
function assumesRole(values) {
    return values['role-to-assume'] !== 'none' || wantsProfiles(values);
}
function wantsProfiles(values) {
    return values.unparsed.has('aws-profiles') || values['aws-profiles'] !== undefined;
}
function wantsKeysInEnvironment(values) {
    if (values.unparsed.has('output-env-credentials') || values.unparsed.has('aws-profile'))
        return false;
    return values['output-env-credentials'] ?? (values['aws-profile'] === undefined && !wantsProfiles(values));
}
function switchOf(values, name, environment) {
    if (values[name] !== undefined)
        return values[name];
    if (values['sts-endpoint'])
        return false;
    const text = environment[SWITCH_VARIABLES[name]] ?? '';
    if (/^(false)?$/i.test(text))
        return false;
    return /^true$/i.test(text) ? true : undefined;
}
const SWITCH_VARIABLES = {
    'use-fips-endpoint': 'AWS_USE_FIPS_ENDPOINT',
    'use-dualstack-endpoint': 'AWS_USE_DUALSTACK_ENDPOINT',
};
function input_checks_contradictions(values, { raw, partition, partitionOf, caBundleProblem, environment, }) {
    return [
        ...checkPartitions(values, partition),
        ...checkAccounts(values),
        ...checkKeys(values),
        ...sourceConflicts(factsOf(values, environment)).problems,
        ...checkRoles(values, partition, environment),
        ...checkDurations(values, environment),
        ...checkPolicies(values, partition),
        ...checkClaims(values, environment),
        ...checkEndpoints(values, environment),
        ...checkCaBundle(values, caBundleProblem),
        ...checkFallbackRegions(values, partition, partitionOf),
        ...checkDeniedRetry(values),
        ...checkProfiles(values, environment),
        ...checkRenewal(values, environment),
        ...checkSeveralRoles(values),
        ...checkNodeDebug(environment),
        ...checkRegionVariable(raw, environment),
    ];
}
function partitionProblems(name, actual, partition, region = '', place = '') {
    if (partition === undefined || actual === partition)
        return [];
    return [
        `${name}: ${place}its partition is ${actual}, but region ${region} belongs to ${partition}: write arn:${partition}:…`,
    ];
}
function checkPartitions(values, partition) {
    const { 'role-to-assume': role, 'role-chain': chain = [], 'aws-region': region } = values;
    const { 'aws-profiles': profiles = [] } = values;
    const first = typeof role === 'object' && role.kind === 'role' ? [role] : [];
    return [
        ...first.flatMap(each => partitionProblems('role-to-assume', each.partition, partition, region)),
        ...chain.flatMap(each => partitionProblems('role-chain', each.partition, partition, region)),
        ...profiles.flatMap(({ name, role }) => partitionProblems('aws-profiles', role.partition, partition, region, `in ${(0,base_text/* quote */.hD)(name)}, `)),
    ];
}
function checkAccounts(values) {
    const { 'allowed-account-ids': allowed, 'forbidden-account-ids': forbidden } = values;
    if (!Array.isArray(allowed) || !Array.isArray(forbidden))
        return [];
    const isForbidden = new Set(forbidden);
    const both = allowed.filter(accountId => isForbidden.has(accountId));
    return both.length > 0
        ? [
            `allowed-account-ids: ${both.join(', ')} ${both.length === 1 ? 'is also in forbidden-account-ids: remove it' : 'are also in forbidden-account-ids: remove each'} from one`,
        ]
        : [];
}
function hasAccessKeys(values) {
    return KEY_INPUTS.some(name => values.unparsed.has(name) || values[name] !== undefined);
}
const KEY_INPUTS = ['aws-access-key-id', 'aws-secret-access-key'];
function checkKeys(values) {
    const { 'aws-access-key-id': id, 'aws-secret-access-key': secret, 'aws-session-token': token } = values;
    const problems = [];
    if (id !== undefined && secret === undefined && !values.unparsed.has('aws-secret-access-key'))
        problems.push('aws-secret-access-key: is missing: set both keys or neither');
    if (id === undefined && secret !== undefined && !values.unparsed.has('aws-access-key-id'))
        problems.push('aws-access-key-id: is missing: set both keys or neither');
    if (token !== undefined && !hasAccessKeys(values))
        problems.push('aws-session-token: needs both key inputs: set aws-access-key-id and aws-secret-access-key');
    return problems;
}
function checkRoles(values, partition, environment) {
    const { 'role-to-assume': role, 'role-chain': chain = [] } = values;
    if (role === 'none' && chain.length > 0 && !wantsProfiles(values))
        return ['role-chain: continues from role-to-assume, which is none: write the first role there'];
    if (typeof role !== 'object' || role.kind === 'role')
        return [];
    const { kind } = sourceOf(values, environment);
    if (kind === 'access-keys' || kind === 'existing')
        return [];
    return [
        `role-to-assume: ${(0,base_text/* quote */.hD)(role.roleName)} has no account ID, and neither does a token: write the ARN (arn:${partition ?? 'aws'}:iam::ACCOUNT:role/${role.roleName})`,
    ];
}
const MAX_CHAINED_SECONDS = 3600;
function checkDurations(values, environment) {
    const { 'role-duration-seconds': seconds = 0, 'role-chain': chain = [] } = values;
    const startsFromSession = values['role-chaining'] && sourceOf(values, environment).kind === 'existing';
    const chaining = chain.length > 0 ? 'role-chain' : startsFromSession ? 'role-chaining' : undefined;
    if (!chaining || !assumesRole(values) || seconds <= MAX_CHAINED_SECONDS)
        return [];
    return [
        `role-duration-seconds: is ${seconds}, but role chaining (${chaining}) allows at most ${MAX_CHAINED_SECONDS}: lower it`,
    ];
}
function checkPolicies(values, partition) {
    const { 'inline-session-policy': inline, 'managed-session-policies': managed = [] } = values;
    const given = [
        ...(inline === undefined ? [] : ['inline-session-policy']),
        ...(managed.length === 0 ? [] : ['managed-session-policies']),
    ];
    if (given.length > 0 && !assumesRole(values))
        return [
            given.length === 1
                ? `${given.join()}: only applies to an assumed role, and role-to-assume is none: remove it`
                : `${given.join(', ')}: only apply to an assumed role, and role-to-assume is none: remove them`,
        ];
    return partition === undefined ? [] : policyProblems(inline, managed, partition);
}
function checkClaims(values, environment) {
    const { 'required-claims': required = [] } = values;
    const { kind } = sourceOf(values, environment);
    if (required.length === 0 || kind === 'oidc' || kind === 'token-file')
        return [];
    if (expectsToken(values))
        return [];
    return [
        "required-claims: needs a token, but the credentials come from elsewhere: remove it, or assume the role with GitHub's OIDC token",
    ];
}
function expectsToken(values) {
    const facts = {
        ...factsOf(values, {}),
        roleChaining: values['role-chaining'] ?? false,
        forceSkipOidc: values['force-skip-oidc'] ?? false,
        offersIdToken: true,
    };
    return source_choice_chooseSource(facts).kind === 'oidc';
}
function checkEndpoints(values, environment) {
    return ['use-fips-endpoint', 'use-dualstack-endpoint'].flatMap(name => {
        if (values[name] && values['sts-endpoint'])
            return [`${name}: only works with AWS's own endpoints: remove it or sts-endpoint`];
        if (switchOf(values, name, environment) !== undefined)
            return [];
        const variable = SWITCH_VARIABLES[name];
        return [
            `the environment: ${variable} is ${(0,base_text/* quote */.hD)(environment[variable] ?? '')}, which is neither true nor false: correct it, or set ${name}`,
        ];
    });
}
function checkCaBundle({ 'ca-bundle': path }, caBundleProblem) {
    if (path === undefined)
        return [];
    const reason = caBundleProblem(path);
    if (reason === undefined)
        return [];
    return [
        `ca-bundle: ${(0,base_text/* quote */.hD)(path)} can't be used: ${(0,base_text/* escapeControls */.UN)(reason)}: set the path, relative to the workspace, of a PEM file (-----BEGIN CERTIFICATE-----)`,
    ];
}
function checkFallbackRegions(values, partition, partitionOf) {
    const { 'sts-fallback-regions': regions = [], 'aws-region': first } = values;
    if (regions.length === 0)
        return [];
    if (values['sts-endpoint'])
        return ['sts-fallback-regions: not used with sts-endpoint: remove one of them'];
    const foreign = regions.filter(region => partition !== undefined && partitionOf(region) !== partition);
    const problems = foreign.map(region => `sts-fallback-regions: ${region} belongs to ${partitionOf(region)}, not to ${partition}: fallback regions must be in the same partition`);
    if (new Set([first, ...regions]).size <= regions.length)
        problems.push('sts-fallback-regions: lists a region twice, or repeats aws-region: remove the duplicate');
    return problems;
}
function checkDeniedRetry(values) {
    const { 'retry-access-denied-seconds': seconds = 0, 'action-timeout-s': limit = 0 } = values;
    if (seconds === 0)
        return [];
    if (values['disable-retry'])
        return ['retry-access-denied-seconds: retries, but disable-retry is true: remove one of them'];
    if (limit === 0 || seconds < limit)
        return [];
    return [
        `retry-access-denied-seconds: is ${seconds}, but the step times out after ${limit} s: lower it, or raise action-timeout-s`,
    ];
}
function checkProfiles(values, environment) {
    const { AWS_PROFILE: current } = environment;
    const name = values['aws-profile'];
    const problems = [];
    if (current && current !== name && wantsKeysInEnvironment(values) && makesCredentials(values)) {
        problems.push(`output-env-credentials: AWS_PROFILE is ${(0,base_text/* quote */.hD)(current)}, and some SDKs would use that profile instead of the verified keys: remove it from the env: or from the earlier step that exports it, name it in aws-profile, or set output-env-credentials to false`);
    }
    const leavesToTools = !makesCredentials(values) || values['use-existing-credentials'];
    if (leavesToTools)
        problems.push(...rivalSources(environment));
    if (leavesToTools || name !== undefined || wantsProfiles(values))
        problems.push(...oddPaths(environment));
    if (environment.AWS_SECURITY_TOKEN && (wantsKeysInEnvironment(values) || !makesCredentials(values)))
        problems.push('the environment: AWS_SECURITY_TOKEN is set, and botocore would use it instead of AWS_SESSION_TOKEN: remove it from the env: or from the earlier step that exports it');
    return problems;
}
function checkRenewal(values, environment) {
    if (!values['refresh-credentials'])
        return [];
    const problems = [];
    if (!values['aws-profile'] && !values.unparsed.has('aws-profile') && !wantsProfiles(values))
        problems.push('refresh-credentials: needs aws-profile or aws-profiles');
    if (values['output-env-credentials'])
        problems.push('output-env-credentials: is true with refresh-credentials, but SDKs would use those keys before the profile and never renew them: remove one of them');
    if (values['use-existing-credentials'])
        problems.push("use-existing-credentials: keeps credentials that refresh-credentials can't renew: remove one of them");
    if (values['http-proxy']?.password)
        problems.push("http-proxy: contains a password, which refresh-credentials would have to keep in a file: set HTTPS_PROXY in the job's env instead");
    if (sourceOf(values, environment).kind !== 'oidc' && !expectsToken(values))
        problems.push("refresh-credentials: needs GitHub's OIDC token for each renewal, but the credentials come from elsewhere: remove it, or assume the role with that token");
    return problems;
}
function checkSeveralRoles(values) {
    if (!wantsProfiles(values))
        return [];
    const { 'role-to-assume': role, 'expected-role': expected } = values;
    const given = {
        'role-to-assume': role !== undefined && role !== 'none',
        'role-chain': values['role-chain'] !== undefined,
        'aws-profile': values['aws-profile'] !== undefined,
        'expected-role': expected !== undefined && expected !== 'role-to-assume',
        'trust-policy': values['trust-policy'] !== undefined,
        'use-existing-credentials': values['use-existing-credentials'] === true,
        'output-env-credentials': values['output-env-credentials'] === true,
    };
    return Object.keys(given)
        .filter(name => given[name])
        .map(name => `${name}: applies to a single role: remove it or aws-profiles`);
}
function rivalSources(environment) {
    const { AWS_PROFILE: profile, AWS_DEFAULT_PROFILE: other, AWS_ACCESS_KEY_ID: key } = environment;
    const rivals = ['AWS_ACCESS_KEY_ID', 'AWS_WEB_IDENTITY_TOKEN_FILE'].filter(name => environment[name]);
    const ownOfBotocore = ['AWS_CREDENTIAL_FILE', 'BOTO_CONFIG'].filter(name => environment[name]);
    const problems = [];
    if (ownOfBotocore.length > 0 && !key)
        problems.push(`the environment: only botocore reads ${ownOfBotocore.join(' and ')} and may find keys there that aren't the verified ones: unset ${ownOfBotocore.length === 1 ? 'it' : 'them'}`);
    if (profile && rivals.length > 0)
        problems.push(`the environment: AWS_PROFILE and ${rivals.join(' and ')} are ${rivals.length === 1 ? 'both' : 'all'} set, and tools disagree on which wins: unset ${rivals.length === 1 ? 'one' : 'AWS_PROFILE or the others'}`);
    if (other && other !== profile && !key)
        problems.push('the environment: only some tools read AWS_DEFAULT_PROFILE: unset it, and set AWS_PROFILE');
    return problems;
}
function oddPaths(environment) {
    return ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE'].flatMap(name => {
        const path = environment[name] ?? '';
        if (!/\$|%[^%]+%|^~[^/]/.test(path))
            return [];
        return [
            `the environment: ${name} is ${(0,base_text/* quote */.hD)(path)}, and tools disagree on which file that is: write its path without variables, or with ~/ for the home folder`,
        ];
    });
}
function makesCredentials(values) {
    return assumesRole(values) || hasAccessKeys(values);
}
function checkNodeDebug({ NODE_DEBUG: debug }) {
    if (!debug)
        return [];
    return [
        `the environment: NODE_DEBUG is ${(0,base_text/* quote */.hD)(debug)}, and Node would print tokens before they are masked: unset it for this step`,
    ];
}
function checkRegionVariable(raw, { AWS_REGION: region }) {
    if (raw[declared_inputs_rawName('aws-region')]?.trim() || !region)
        return [];
    return ['the environment: AWS_REGION is set, but inputs only come from `with:`: set aws-region there'];
}
function unusedInputs(values, environment) {
    const warnings = [
        ...sourceConflicts(factsOf(values, environment)).warnings,
        ...takenByAssumeRoleAlone(values, environment),
    ];
    if (values['output-env-credentials'] && !makesCredentials(values))
        warnings.push("output-env-credentials: is ignored, because existing credentials aren't exported again");
    const profile = values['aws-profile'] !== undefined ? 'aws-profile' : 'aws-profiles';
    const hasProfile = values[profile] !== undefined;
    if (hasProfile && !wantsKeysInEnvironment(values) && environment.AWS_ACCESS_KEY_ID)
        warnings.push(`${profile}: the environment has keys from an earlier step, and tools that use AWS_PROFILE may still pick those keys: use --profile, or set unset-current-credentials to true`);
    if (values['overwrite-aws-profile'] && !hasProfile)
        warnings.push('overwrite-aws-profile: is ignored, because no profile is written');
    const { kind } = sourceOf(values, environment);
    if (values['trust-policy'] !== undefined && kind !== 'oidc' && kind !== 'token-file')
        warnings.push('trust-policy: is ignored, because there is no token to check it against');
    return warnings;
}
function takenByAssumeRoleAlone(values, environment) {
    const { 'role-chain': chain = [], 'transitive-tag-keys': transitive = [] } = values;
    const given = ['role-external-id', 'source-identity', 'custom-tags', 'transitive-tag-keys'].filter(name => values[name] !== undefined);
    if (given.length === 0)
        return [];
    const names = given.join(', ');
    const { kind } = sourceOf(values, environment);
    if (!assumesRole(values))
        return [`${names}: ignored, because no role is assumed`];
    if (chain.length === 0 && (kind === 'oidc' || kind === 'token-file'))
        return [
            `${names}: ignored, because AssumeRoleWithWebIdentity doesn't accept ${given.length === 1 ? 'it' : 'them'}. Policies can test the token's claims`,
        ];
    if (values['role-skip-session-tagging'])
        return skippedTags(values);
    const tags = sessionTags(environment, values['custom-tags'] ?? []);
    const { unknown } = transitiveTagKeys(transitive, tags);
    return unknown.length === 0
        ? []
        : [`transitive-tag-keys: ${unknown.map(base_text/* quote */.hD).join(', ')}: ignored, because no tag has that key`];
}
function skippedTags(values) {
    const given = ['custom-tags', 'transitive-tag-keys'].filter(name => values[name] !== undefined);
    if (given.length === 0)
        return [];
    return [`${given.join(', ')}: ignored, because role-skip-session-tagging is true`];
}

;// CONCATENATED MODULE: ../build/core/inputs/expected-input.js





function expectedIdentitiesOf(values, partition) {
    const expected = values['expected-role'];
    if (expected === undefined)
        return { identities: [], problems: [] };
    if (expected === 'any')
        return { identities: 'any', problems: nothingToVerify(values) };
    if (expected === 'role-to-assume')
        return expectLastRole(values);
    const home = { partition, region: values['aws-region'], accountIds: homeAccounts(values) };
    const parsed = expected.map(text => parseElement(text, home));
    return {
        identities: parsed.flatMap(({ identity }) => identity ?? []),
        problems: parsed.flatMap(({ problems }) => problems),
    };
}
function expectLastRole(values) {
    const { 'role-to-assume': first, 'role-chain': chain = [] } = values;
    const last = chain.at(-1) ?? first;
    if (last === undefined)
        return { identities: [], problems: [] };
    if (last === 'none' && wantsProfiles(values))
        return { identities: 'role-assumed', problems: [] };
    if (last === 'none')
        return { identities: 'any', problems: nothingAssumed(values) };
    return { identities: last.kind === 'role' ? [(0,expectation/* expectRole */.qK)(last)] : 'role-assumed', problems: [] };
}
function parseElement(text, { partition, region, accountIds }) {
    const [accountId, ...others] = accountIds;
    const home = partition && accountId && others.length === 0 ? { partition, accountId } : undefined;
    const identity = (0,expectation/* parseExpectedIdentity */.gw)(text, home);
    if (identity) {
        const problems = partitionProblems('expected-role', identity.partition, partition, region);
        return { identity, problems };
    }
    if ((0,arn/* isRoleName */.yn)(text) && others.length > 0) {
        return {
            problems: [`expected-role: ${(0,base_text/* quote */.hD)(text)} could be in ${accountIds.join(' or ')}: write its ARN`],
        };
    }
    if ((0,arn/* isRoleName */.yn)(text) && !partition)
        return { problems: [] };
    const forms = 'a role ARN, an assumed-role ARN, a user ARN, or a role name if a single account is known';
    return { problems: [`expected-role: ${(0,base_text/* quote */.hD)(text)} is not ${forms}${whyNotArn(text)}`] };
}
function homeAccounts(values) {
    const { 'allowed-account-ids': allowed, 'role-to-assume': first, 'role-chain': chain = [] } = values;
    const single = Array.isArray(allowed) && allowed.length === 1 ? allowed : [];
    const all = typeof first === 'object' && first.kind === 'role' ? [first, ...chain] : [...chain];
    const roles = single.length > 0 ? all.slice(-1) : all;
    return [...new Set([...single, ...roles.map(({ accountId }) => accountId)])];
}
function hasOtherGuard(values) {
    return values['expected-role-id'] !== 'any' || values['allowed-account-ids'] !== 'any';
}
function nothingToVerify(values) {
    if (hasOtherGuard(values))
        return [];
    return [
        'expected-role: is any, and no other guard is set: set expected-role-id or allowed-account-ids, or name the role',
    ];
}
function nothingAssumed(values) {
    if (hasOtherGuard(values))
        return [];
    return [
        'role-to-assume: is none and no guard is set, so there is nothing to verify: set role-to-assume, or set expected-role, expected-role-id or allowed-account-ids',
    ];
}

// EXTERNAL MODULE: ../node_modules/fastest-levenshtein/mod.js
var mod = __webpack_require__(2818);
;// CONCATENATED MODULE: ../build/core/inputs/misspelled-names.js



const GUARD_WORD = /(^|-)(expected|allowed|forbidden|required)-/;
const GUARD_VERB = /allow|forbid|den(y|ie)|expect|requir/;
const GUARD_SUBJECT = /role|account|claim/;
function soundsLikeGuard(name) {
    return GUARD_WORD.test(name) || (GUARD_VERB.test(name) && GUARD_SUBJECT.test(name));
}
function misspelledNames(raw) {
    const declaredNames = declared_inputs_INPUT_NAMES.map(declared_inputs_rawName);
    const undeclared = Object.keys(raw).filter(name => !declaredNames.includes(name));
    return undeclared.flatMap(name => {
        const asked = name.toLowerCase().replaceAll('_', '-');
        const meant = nearestTo(asked);
        if (meant.length === 0 && !soundsLikeGuard(asked))
            return [];
        const fix = meant.length > 0 ? `did you mean ${meant.join(' or ')}?` : 'see docs/inputs.md for the guards';
        return [`${(0,base_text/* quote */.hD)(name.toLowerCase())} is not an input: ${fix}`];
    });
}
const MOST_EDITS = 2;
function nearestTo(asked) {
    const edits = declared_inputs_INPUT_NAMES.map(name => (0,mod/* distance */.Io)(asked, name));
    const least = Math.min(...edits);
    return least > MOST_EDITS ? [] : declared_inputs_INPUT_NAMES.filter((_, index) => edits[index] === least);
}

;// CONCATENATED MODULE: ../build/core/inputs/inputs.js








function parseInputs(raw, surroundings) {
    const { partitionOf, environment } = surroundings;
    const { values, problems } = parseEach(raw);
    const partition = values['aws-region'] && partitionOf(values['aws-region']);
    const expected = expectedIdentitiesOf(values, partition);
    problems.push(...misspelledNames(raw), ...expected.problems, ...input_checks_contradictions(values, { raw, partition, ...surroundings }));
    if (problems.length > 0)
        throw invalidInputs(problems);
    return assemble(values, partition, expected.identities, raw, environment);
}
function wantsAccountIdsMasked(raw) {
    return isWanted('mask-aws-account-id', raw, true);
}
function wantsSummary(raw) {
    return isWanted('job-summary', raw, true);
}
function wantsCurrentUnset(raw) {
    return isWanted('unset-current-credentials', raw, false);
}
function isWanted(name, raw, ifUnclear) {
    const { byDefault, parse } = DECLARED_INPUTS[name];
    try {
        return parse(raw[rawName(name)]?.trim() || byDefault);
    }
    catch {
        return ifUnclear;
    }
}
function accountIdsOf({ targets }) {
    return targets.flatMap(({ roles, expected }) => {
        const { identities, allowedAccountIds, forbiddenAccountIds } = expected;
        return [
            ...roles.flatMap(role => (role.kind === 'role' ? role.accountId : [])),
            ...(typeof identities === 'string' ? [] : identities.map(({ accountId }) => accountId)),
            ...(allowedAccountIds === 'any' ? [] : allowedAccountIds),
            ...forbiddenAccountIds,
        ];
    });
}
function invalidInputs(problems) {
    return new base_failure/* GateError */.ue('ERR_INPUT_INVALID', `some inputs are invalid\n${problems.map(problem => `- ${problem}`).join('\n')}`, "Correct the step's `with:`, or the environment variable that a line names. Nothing was sent to GitHub or AWS.");
}
function assemble(values, partition, identities, raw, environment) {
    const source = sourceOf(values, environment);
    return {
        region: values['aws-region'],
        source,
        targets: targetsOf(values, identities),
        isForSeveralRoles: values['aws-profiles'] !== undefined,
        isOidcUnavailable: source.kind === 'existing' && expectsToken(values),
        audience: values.audience ?? defaultAudience(partition),
        sessionName: values['role-session-name'],
        durationSeconds: values['role-duration-seconds'],
        externalId: values['role-external-id'],
        sourceIdentity: values['source-identity'],
        inlinePolicy: values['inline-session-policy'],
        managedPolicies: values['managed-session-policies'] ?? [],
        tagging: values['role-skip-session-tagging']
            ? undefined
            : {
                customTags: values['custom-tags'] ?? [],
                transitiveTagKeys: values['transitive-tag-keys'] ?? [],
            },
        accessKeys: accessKeysOf(values),
        tokenFile: values['web-identity-token-file'],
        reusesExisting: values['use-existing-credentials'],
        requiredClaims: values['required-claims'],
        trustPolicyPath: values['trust-policy'],
        onMismatch: values['on-mismatch'],
        exportsEnvironment: wantsKeysInEnvironment(values),
        outputsCredentials: values['output-credentials'],
        masksAccountIds: values['mask-aws-account-id'],
        writesSummary: values['job-summary'],
        stsEndpoint: values['sts-endpoint'],
        usesFips: switchOf(values, 'use-fips-endpoint', environment) ?? false,
        usesDualstack: switchOf(values, 'use-dualstack-endpoint', environment) ?? false,
        fallbackRegions: values['sts-fallback-regions'] ?? [],
        caBundle: values['ca-bundle'],
        httpProxy: values['http-proxy'],
        noProxy: values['no-proxy'],
        maxAttempts: maxAttemptsOf(values),
        accessDeniedSeconds: values['retry-access-denied-seconds'],
        plainKeyAttempts: values['special-characters-workaround']
            ? Math.max(1, values['retry-max-attempts'])
            : undefined,
        timeoutSeconds: values['action-timeout-s'],
        notices: sessionNameNotices(raw[declared_inputs_rawName('role-session-name')]?.trim(), values['role-session-name']),
        warnings: [
            ...endpointWarnings(values['sts-endpoint']),
            ...fallbackWarnings(values['sts-fallback-regions'] ?? [], maxAttemptsOf(values)),
            ...unusedInputs(values, environment),
        ],
    };
}
function targetsOf(values, identities) {
    const { 'role-to-assume': role, 'forbidden-account-ids': forbidden, 'aws-profile': name } = values;
    const settings = { overwrites: values['overwrite-aws-profile'], refreshes: values['refresh-credentials'] };
    const expected = {
        identities,
        roleIds: values['expected-role-id'],
        allowedAccountIds: values['allowed-account-ids'],
        forbiddenAccountIds: forbidden === 'none' ? [] : forbidden,
    };
    const [first, ...others] = (values['aws-profiles'] ?? []).map(({ name, role }) => ({
        roles: [role],
        expected: { ...expected, identities: [(0,expectation/* expectRole */.qK)(role)] },
        profile: { name, ...settings },
    }));
    if (first)
        return [first, ...others];
    const roles = role === 'none' ? [] : [role, ...(values['role-chain'] ?? [])];
    return [{ roles, expected, profile: name === undefined ? undefined : { name, ...settings } }];
}
function accessKeysOf(values) {
    const { 'aws-access-key-id': accessKeyId, 'aws-secret-access-key': secretAccessKey } = values;
    if (accessKeyId === undefined || secretAccessKey === undefined)
        return undefined;
    return { accessKeyId, secretAccessKey, sessionToken: values['aws-session-token'] };
}
function defaultAudience(partition) {
    return partition === 'aws-cn' ? 'sts.amazonaws.com.cn' : 'sts.amazonaws.com';
}
function sessionNameNotices(asked, used) {
    if (!asked || asked === used)
        return [];
    return [
        `role-session-name: ${(0,base_text/* quote */.hD)(asked)} has characters or a length that AWS doesn't allow; using ${(0,base_text/* quote */.hD)(used)}`,
    ];
}
function endpointWarnings(endpoint) {
    if (!endpoint || endpoint.protocol === 'https:' || isLoopback(endpoint))
        return [];
    return [
        `sts-endpoint: ${(0,base_text/* quote */.hD)(endpoint.origin)} is plain http: anyone on the network can read the token and the credentials`,
    ];
}
function maxAttemptsOf(values) {
    return values['disable-retry'] ? 1 : Math.max(1, values['retry-max-attempts']);
}
function fallbackWarnings(regions, maxAttempts) {
    const uncalled = regions.slice(maxAttempts - 1);
    if (uncalled.length === 0)
        return [];
    return [
        `sts-fallback-regions: ${uncalled.join(', ')} can't be called: only ${maxAttempts} ${maxAttempts === 1 ? 'attempt is' : 'attempts are'} allowed for all regions together. Raise retry-max-attempts`,
    ];
}

;// CONCATENATED MODULE: ../build/core/renewal/failures.js


function renewalNotPermitted() {
    return new base_failure/* GateError */.ue('ERR_OIDC_NOT_PERMITTED', "ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN aren't set in this process, so it can't request a token from GitHub", 'Use the profile in the job that created it. A container needs both variables (`docker run --env`), and RUNNER_TEMP, the action, its Node and the AWS config files mounted at the same paths. Another job needs its own step.');
}
function filesUnusable(cause) {
    return new base_failure/* GateError */.ue('ERR_PROFILE_WRITE', `the renewal files of this profile can't be used: ${(0,base_text/* escapeControls */.UN)((0,base_failure/* reasonOf */.A3)(cause))}`, 'Check that RUNNER_TEMP exists, is writable and has free space.', { cause });
}
function settingsUnreadable(path, cause) {
    return new base_failure/* GateError */.ue('ERR_CREDENTIALS_UNAVAILABLE', `the settings of this profile in ${(0,base_text/* quote */.hD)(path)} can't be read: ${(0,base_text/* escapeControls */.UN)((0,base_failure/* reasonOf */.A3)(cause))}`, 'The settings exist until the job ends. Either the job has ended or RUNNER_TEMP was emptied.', { cause });
}

// EXTERNAL MODULE: ../build/core/renewal/outcome.js
var renewal_outcome = __webpack_require__(9242);
// EXTERNAL MODULE: ../build/core/network/clock-skew.js
var clock_skew = __webpack_require__(2049);
// EXTERNAL MODULE: ../build/core/network/remote-failure.js
var remote_failure = __webpack_require__(9099);
// EXTERNAL MODULE: ../build/core/network/retry-policy.js
var retry_policy = __webpack_require__(3989);
;// CONCATENATED MODULE: ../build/core/renewal/settings.js






const HANDED_ON = {
    'aws-region': 'as given',
    'role-to-assume': 'as parsed',
    audience: 'as given',
    'role-session-name': 'as given',
    'source-identity': 'as given',
    'role-duration-seconds': 'as given',
    'role-external-id': 'as given',
    'role-chaining': 'left out',
    'role-chain': 'as given',
    'web-identity-token-file': 'left out',
    'aws-access-key-id': 'left out',
    'aws-secret-access-key': 'left out',
    'aws-session-token': 'left out',
    'force-skip-oidc': 'left out',
    'use-existing-credentials': 'left out',
    'unset-current-credentials': 'left out',
    'inline-session-policy': 'as given',
    'managed-session-policies': 'as given',
    'role-skip-session-tagging': 'as given',
    'custom-tags': 'as given',
    'transitive-tag-keys': 'as given',
    'translate-env-variables': 'left out',
    'expected-role': 'as given',
    'expected-role-id': 'as given',
    'allowed-account-ids': 'as given',
    'forbidden-account-ids': 'as given',
    'required-claims': 'as given',
    'trust-policy': 'left out',
    'on-mismatch': 'left out',
    'output-env-credentials': 'left out',
    'output-credentials': 'left out',
    'aws-profile': 'left out',
    'overwrite-aws-profile': 'left out',
    'refresh-credentials': 'left out',
    'aws-profiles': 'left out',
    'mask-aws-account-id': 'as given',
    'job-summary': 'left out',
    'sts-endpoint': 'as given',
    'use-fips-endpoint': 'as parsed',
    'use-dualstack-endpoint': 'as parsed',
    'sts-fallback-regions': 'as given',
    'http-proxy': 'as given',
    'no-proxy': 'as given',
    'ca-bundle': 'as parsed',
    'retry-max-attempts': 'as given',
    'disable-retry': 'as given',
    'retry-access-denied-seconds': 'left out',
    'action-timeout-s': 'as given',
    'special-characters-workaround': 'as given',
};
function renewalInputs(raw, inputs, { roles: [role] }, roots) {
    if (role?.kind !== 'role')
        throw new Error('what is renewed is a role of which the ARN is known');
    const given = INPUT_NAMES.filter(name => HANDED_ON[name] === 'as given')
        .map(rawName)
        .filter(name => raw[name] !== undefined);
    return {
        ...Object.fromEntries(given.map(name => [name, raw[name] ?? ''])),
        [rawName('role-to-assume')]: formatArn(role),
        ...(inputs.stsEndpoint
            ? {}
            : {
                [rawName('use-fips-endpoint')]: String(inputs.usesFips),
                [rawName('use-dualstack-endpoint')]: String(inputs.usesDualstack),
            }),
        ...(inputs.caBundle === undefined ? {} : { [rawName('ca-bundle')]: roots }),
    };
}
function formatRenewalSettings({ raw, run }) {
    return `${JSON.stringify({ inputs: raw, run }, undefined, 2)}\n`;
}
function parseRenewalSettings(text) {
    const { inputs, run } = parseJsonObject(text);
    const raw = textsOf(inputs);
    if (Object.keys(raw).length === 0)
        throw new Error('it holds no inputs');
    return { raw, run: textsOf(run) };
}
function textsOf(value) {
    const entries = Object.entries(Object(value));
    if (!entries.every(([, text]) => typeof text === 'string'))
        throw new Error('a value in it is not a string');
    return Object.fromEntries(entries);
}
function isInconclusive({ code, cause }) {
    if (INCONCLUSIVE.includes(code))
        return true;
    if (!(cause instanceof remote_failure/* RemoteFailure */.p))
        return false;
    const { kind, operation } = cause;
    if (kind !== 'error-response' || (0,clock_skew/* isAboutTime */.$)(cause))
        return true;
    const isPage = operation !== 'GetIdToken' && cause.code === '';
    return isPage || (code !== 'ERR_STS_REJECTED' && (0,retry_policy/* decide */.LD)(cause) !== 'final');
}
const INCONCLUSIVE = [
    'ERR_OIDC_NOT_PERMITTED',
    'ERR_INPUT_INVALID',
    'ERR_STS_UNAVAILABLE',
    'ERR_TIMEOUT',
    'ERR_PROFILE_WRITE',
];

// EXTERNAL MODULE: ../node_modules/@actions/github/lib/context.js
var lib_context = __webpack_require__(1231);
// EXTERNAL MODULE: ../build/runner/regular-file.js
var regular_file = __webpack_require__(7323);
;// CONCATENATED MODULE: ../build/github/run-context.js


function readRunContext() {
    const { payload, ref } = readContext();
    const { env } = process;
    const repository = env.GITHUB_REPOSITORY ?? '';
    const head = payload.pull_request?.head?.repo?.full_name;
    return {
        serverUrl: (env.GITHUB_SERVER_URL || 'https://github.com').replace(/\/+$/, ''),
        repository,
        repositoryId: env.GITHUB_REPOSITORY_ID ?? '',
        runId: env.GITHUB_RUN_ID ?? '',
        runNumber: env.GITHUB_RUN_NUMBER ?? '',
        runAttempt: env.GITHUB_RUN_ATTEMPT ?? '',
        workflowRef: env.GITHUB_WORKFLOW_REF ?? '',
        ref: ref ?? '',
        sha: env.GITHUB_SHA ?? '',
        actor: env.GITHUB_ACTOR ?? '',
        action: {
            repository: env.GITHUB_ACTION_REPOSITORY ?? '',
            ref: env.GITHUB_ACTION_REF ?? '',
        },
        fork: typeof head === 'string' && head !== repository,
    };
}
function readContext() {
    const { GITHUB_EVENT_PATH: path } = process.env;
    delete process.env.GITHUB_EVENT_PATH;
    try {
        const context = new lib_context/* Context */.o();
        context.payload = readEvent(path ?? '');
        return context;
    }
    finally {
        if (path !== undefined)
            process.env.GITHUB_EVENT_PATH = path;
    }
}
function readEvent(path) {
    try {
        return Object(JSON.parse((0,regular_file/* readRegularText */.Aj)(path)));
    }
    catch {
        return {};
    }
}

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
;// CONCATENATED MODULE: ../build/process/deadline.js


class Deadline {
    #seconds;
    #endMs;
    #cancellation = new AbortController();
    signal;
    constructor(seconds, beganMs = 0) {
        this.#seconds = seconds;
        this.#endMs = seconds === 0 ? Infinity : beganMs + seconds * 1000;
        const { signal } = this.#cancellation;
        this.signal = seconds === 0 ? signal : AbortSignal.any([signal, timeout(this.#endMs - performance.now())]);
    }
    cancel() {
        this.#cancellation.abort();
    }
    async race(waitingFor, work) {
        let expire = () => { };
        const expiry = new Promise((_, reject) => {
            expire = () => reject(this.#expired(`waiting for ${waitingFor}`));
        });
        this.signal.addEventListener('abort', expire);
        if (this.signal.aborted)
            expire();
        try {
            return await Promise.race([work, expiry]);
        }
        catch (error) {
            throw this.signal.aborted ? this.#expired(`waiting for ${waitingFor}`) : error;
        }
        finally {
            this.signal.removeEventListener('abort', expire);
        }
    }
    pause = async (milliseconds, waitingFor) => {
        await this.race(waitingFor, (0,promises_.setTimeout)(milliseconds));
    };
    assertTimeLeft(before) {
        if (this.signal.aborted || performance.now() >= this.#endMs)
            throw this.#expired(`before ${before}`);
    }
    #expired(when) {
        if (this.#cancellation.signal.aborted) {
            return new base_failure/* GateError */.ue('ERR_TIMEOUT', `the job was cancelled ${when}`, "No credentials were exported. If you didn't cancel the job, run it again.");
        }
        return new base_failure/* GateError */.ue('ERR_TIMEOUT', `timed out after ${this.#seconds} s ${when}`, 'Check what took so long, or raise action-timeout-s.');
    }
}
function timeout(milliseconds) {
    return AbortSignal.timeout(Math.max(0, Math.ceil(milliseconds)));
}

// EXTERNAL MODULE: ../node_modules/@aws-sdk/util-endpoints/dist-es/index.js
var dist_es = __webpack_require__(4148);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
var external_node_fs_default = /*#__PURE__*/__webpack_require__.n(external_node_fs_);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
var external_node_path_default = /*#__PURE__*/__webpack_require__.n(external_node_path_);
;// CONCATENATED MODULE: ../build/runner/workspace-file.js




function readWorkspaceFile(file) {
    return (0,regular_file/* readRegularText */.Aj)(fromWorkspace(file));
}
const KUBELET_TOKEN = /^\/var\/run\/secrets\/[^/]+\/serviceaccount\/token$/;
function readTokenFile(name) {
    const file = fromWorkspace(name);
    if (KUBELET_TOKEN.test(external_node_path_default().normalize(name)))
        return (0,regular_file/* readRegularText */.Aj)(file);
    const base = workspace_file_isWithin(workspace(), file) ? workspace() : external_node_path_default().parse(file).root;
    const expected = external_node_path_default().join((0,external_node_fs_.realpathSync)(base), external_node_path_default().relative(base, file));
    const actual = (0,external_node_fs_.realpathSync)(file);
    if (!isSame(actual, expected))
        throw new Error(`a symbolic link on its path leads to ${(0,base_text/* quote */.hD)(actual)}, which may be another job's token: if that is the file you mean, give that path`);
    return (0,regular_file/* readRegularText */.Aj)(file, { flags: regular_file/* NO_FOLLOW */.qP });
}
function fromWorkspace(file) {
    return external_node_path_default().resolve(workspace(), file);
}
function workspace() {
    return external_node_path_default().resolve(process.env.GITHUB_WORKSPACE ?? '');
}
function workspace_file_isWithin(folder, file, { isAbsolute, relative, sep } = (external_node_path_default())) {
    const rest = relative(folder, file);
    return !isAbsolute(rest) && rest.split(sep)[0] !== '..';
}
function isSame(one, other, { relative } = (external_node_path_default())) {
    return relative(one, other) === '';
}

;// CONCATENATED MODULE: ../build/runner/ca-bundle.js



const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const read = new Map();
function readRoots(path) {
    if (path === undefined)
        return [];
    const known = read.get(path);
    if (known)
        return known;
    const texts = readWorkspaceFile(path).match(CERTIFICATE) ?? [];
    if (texts.length === 0)
        throw new Error('it holds no certificate in PEM');
    const roots = texts.map(text => new external_node_crypto_.X509Certificate(text).toString());
    read.set(path, roots);
    return roots;
}
function caBundleProblem(path) {
    try {
        readRoots(path);
        return undefined;
    }
    catch (error) {
        return (0,base_failure/* reasonOf */.A3)(error);
    }
}

;// CONCATENATED MODULE: ../build/runner/inputs.js


const PREFIX = 'INPUT_';
function readInputs() {
    const inputs = {};
    for (const [name, value = ''] of Object.entries(process.env)) {
        if (name.startsWith(PREFIX))
            inputs[name.slice(PREFIX.length)] = value;
    }
    return inputs;
}
function readSurroundings() {
    return { partitionOf: region => (0,dist_es/* partition */.jB)(region).name, caBundleProblem: caBundleProblem, environment: process.env };
}
function readRenewalSurroundings() {
    const names = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'NODE_DEBUG'];
    const environment = Object.fromEntries(names.map(name => [name, process.env[name]]));
    return { ...readSurroundings(), environment };
}

// EXTERNAL MODULE: ../node_modules/@actions/core/lib/core.js + 8 modules
var lib_core = __webpack_require__(1500);
;// CONCATENATED MODULE: ../build/core/base/redaction.js
function formsOf(secret) {
    const encoded = encodeURIComponent(secret.toWellFormed());
    return [...new Set([secret, encoded, encoded.replaceAll(/%../g, octet => octet.toLowerCase())])];
}
function redaction_redactText(text, { secretForms, accountIds }, mark = '***') {
    const spans = [
        ...Array.from(secretForms).flatMap(form => occurrencesOf(form, text)),
        ...tokensIn(text),
        ...(accountIds ? accountIdsIn(text) : []),
    ];
    return replaceSpans(text, spans, mark);
}
function occurrencesOf(form, text) {
    const spans = [];
    if (form === '')
        return spans;
    for (let start = text.indexOf(form); start >= 0; start = text.indexOf(form, start + 1)) {
        spans.push([start, start + form.length]);
    }
    return spans;
}
function tokensIn(text) {
    return Array.from(text.matchAll(/[\w.-]+/g)).flatMap(({ 0: word, index }) => {
        const start = startOfToken(word);
        return start === undefined ? [] : [[index + start, index + word.length]];
    });
}
const SHORTEST_HEADER = 11;
function startOfToken(word) {
    let from = 0;
    for (let dot = word.indexOf('.'); dot >= 0; dot = word.indexOf('.', from)) {
        const start = word.indexOf('eyJ', from);
        if (start < 0)
            return undefined;
        if (dot - start >= SHORTEST_HEADER)
            return start;
        from = dot + 1;
    }
    return undefined;
}
function accountIdsIn(text) {
    const runs = text.matchAll(/\d(?:[-_ .]?\d){11,}|\d{10,}/g);
    return Array.from(runs, ({ 0: run, index }) => [index, index + run.length]);
}
function replaceSpans(text, spans, mark) {
    let clean = '';
    let end = 0;
    for (const [start, spanEnd] of spans.toSorted(([a], [b]) => a - b)) {
        const continues = end > 0 && start <= end;
        if (!continues)
            clean += text.slice(end, start) + mark;
        end = Math.max(end, spanEnd);
    }
    return clean + text.slice(end);
}

;// CONCATENATED MODULE: ../build/core/network/proxy-secrets.js

const MAY_HOLD_PASSWORDS = [
    'INPUT_HTTP-PROXY',
    ...['https_proxy', 'http_proxy', 'all_proxy'].flatMap(name => [name, name.toUpperCase()]),
];
function proxySecrets(environment) {
    return MAY_HOLD_PASSWORDS.flatMap(name => {
        const address = (environment[name] ?? '').trim().replace(/^[^:/@]*:\/\//, '');
        const { user = '', password = '' } = /^(?<user>[^:]*):(?<password>.+)@/s.exec(address)?.groups ?? {};
        return password === '' ? [] : formsOfPassword(user, password);
    });
}
function formsOfPassword(user, password) {
    const plain = decode(password);
    const basic = Buffer.from(`${decode(user)}:${plain}`).toString('base64');
    return [password, plain, basic];
}
function decode(text) {
    try {
        return (0,proxy_address/* decodeUserinfo */.uQ)(text);
    }
    catch {
        return text;
    }
}

;// CONCATENATED MODULE: ../build/core/outcome/headlines.js
const headlines_HEADLINES = {
    ERR_INPUT_INVALID: 'invalid inputs',
    ERR_OIDC_NOT_PERMITTED: 'no OIDC token for this job',
    ERR_OIDC_REQUEST_FAILED: 'no OIDC token from GitHub',
    ERR_CLAIM_MISMATCH: "a required claim doesn't match",
    ERR_CREDENTIALS_UNAVAILABLE: 'no usable credentials',
    ERR_STS_REJECTED: 'AWS refused',
    ERR_STS_UNAVAILABLE: 'AWS STS unavailable',
    ERR_STS_BAD_RESPONSE: 'invalid response from AWS STS',
    ERR_IDENTITY_MISMATCH: 'unexpected identity',
    ERR_PROFILE_WRITE: 'profile not written',
    ERR_TIMEOUT: 'timed out',
    ERR_UNEXPECTED: 'unexpected error',
};

;// CONCATENATED MODULE: ../build/runner/log.js





const secretForms = new Set();
const knownForms = new Set();
let redactsAccountIds = false;
function maskSecret(secret) {
    maskPassword(secret);
    if (secret !== '')
        for (const form of formsOf(secret))
            knownForms.add(form);
}
function maskPassword(secret) {
    if (secret === '')
        return;
    lib_core/* setSecret */.Pq(secret);
    for (const form of formsOf(secret))
        secretForms.add(form);
}
const BORN_WITH = [
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'INPUT_AWS-ACCESS-KEY-ID',
    'INPUT_AWS-SECRET-ACCESS-KEY',
    'INPUT_AWS-SESSION-TOKEN',
];
function maskInheritedSecrets() {
    for (const name of BORN_WITH)
        maskSecret(process.env[name]?.trim() ?? '');
    for (const secret of proxySecrets(process.env))
        maskPassword(secret);
}
function maskSession({ credentials }) {
    maskSecret(credentials.secretAccessKey);
    maskSecret(credentials.sessionToken ?? '');
    maskSecret(credentials.accessKeyId);
}
function maskAccountIds(accountIds = []) {
    redactsAccountIds = true;
    for (const accountId of accountIds)
        lib_core/* setSecret */.Pq(accountId);
}
function redact(text, mark) {
    return redaction_redactText(text, { secretForms, accountIds: redactsAccountIds }, mark);
}
function redactSecrets(text) {
    return redactText(text, { secretForms: knownForms, accountIds: false });
}
function redactReport(text) {
    const long = Array.from(secretForms).filter(form => form.length >= 8);
    return redactText(text, { secretForms: [...knownForms, ...long], accountIds: false });
}
function maskAccountIdsIn(text, mark) {
    return redactText(text, { secretForms: [], accountIds: redactsAccountIds }, mark);
}
function clean(text) {
    return (0,base_text/* truncateLines */.SV)(redact(text));
}
function info(text) {
    lib_core/* info */.pq((0,base_text/* escapeLogLine */._P)(clean(text)));
}
function notice(text) {
    core.notice(clean(text));
}
function warning(text) {
    lib_core/* warning */.$e(clean(text));
}
function error(failure) {
    endGroup();
    core.error(clean(formatFailure(failure)), { title: titleOf(failure) });
}
function reportedMismatch(failure) {
    core.warning(clean(formatFailure(failure)), { title: titleOf(failure) });
}
function titleOf({ code }) {
    return `AWS Role Gate: ${HEADLINES[code]} (${code})`;
}
async function logGroup(title, work) {
    core.startGroup(escapeLogLine(clean(title)));
    hasOpenGroup = true;
    try {
        return await work();
    }
    finally {
        endGroup();
    }
}
let hasOpenGroup = false;
function endGroup() {
    if (hasOpenGroup)
        core.endGroup();
    hasOpenGroup = false;
}
function formatFailure({ code, message, hint }) {
    return `${code}: ${message}\n${hint}`;
}

;// CONCATENATED MODULE: ../build/core/sts/ignored-variables.js
function ignoredVariables(environment, endpoint) {
    const ignored = endpoint ? [...IGNORED, ...IGNORED_WITH_ENDPOINT] : IGNORED;
    return ignored.filter(({ name, when = isGiven }) => when(environment[name])).map(({ name }) => name);
}
function ignoredNote(names) {
    if (names.length === 0)
        return '';
    return ` These variables were ignored because an earlier step could have set them: ${names.join(', ')}.`;
}
const isGiven = value => Boolean(value);
const isTrue = value => value?.toLowerCase() === 'true';
const IGNORED = [
    { name: 'AWS_ENDPOINT_URL' },
    { name: 'AWS_ENDPOINT_URL_STS' },
    { name: 'AWS_CA_BUNDLE' },
    { name: 'NODE_EXTRA_CA_CERTS' },
    { name: 'NODE_TLS_REJECT_UNAUTHORIZED', when: value => value === '0' },
    { name: 'NODE_USE_SYSTEM_CA', when: value => value === '1' },
    { name: 'AWS_STS_REGIONAL_ENDPOINTS', when: value => value?.toLowerCase() === 'legacy' },
];
const IGNORED_WITH_ENDPOINT = [
    { name: 'AWS_USE_FIPS_ENDPOINT', when: isTrue },
    { name: 'AWS_USE_DUALSTACK_ENDPOINT', when: isTrue },
];

// EXTERNAL MODULE: ../build/core/token/issuer.js
var token_issuer = __webpack_require__(3108);
;// CONCATENATED MODULE: ../build/core/trust-policy/issuers.js


function ofSameName(...names) {
    return Object.fromEntries(names.map(name => [name, [name]]));
}
const FAMILIES = [
    {
        name: 'GitHub Actions',
        pattern: /^token\.actions\.(?:githubusercontent\.com(?:\/[\w-]+)?|[a-z0-9-]+\.ghe\.com)$/,
        isBuiltIn: false,
        keys: ofSameName('aud', 'sub', 'actor', 'actor_id', 'enterprise_id', 'environment', 'job_workflow_ref', 'ref', 'repository', 'repository_id', 'repository_owner_id', 'workflow'),
    },
    {
        name: 'GitLab.com',
        pattern: /^gitlab\.com$/,
        isBuiltIn: false,
        keys: ofSameName('aud', 'sub', 'namespace_id', 'pipeline_source', 'project_id', 'ref_protected', 'runner_environment'),
    },
    {
        name: 'CircleCI',
        pattern: /^oidc\.circleci\.com\/org\/[\w-]+$/,
        isBuiltIn: false,
        keys: ofSameName('aud', 'sub', 'oidc.circleci.com/project-id'),
    },
    {
        name: 'Buildkite',
        pattern: /^agent\.(?:buildkite\.com|[a-z0-9-]+\.buildkite\.dev)$/,
        isBuiltIn: false,
        keys: ofSameName('aud', 'sub', 'build_branch', 'cluster_id', 'cluster_name', 'organization_id', 'organization_slug', 'pipeline_id', 'pipeline_slug'),
    },
    {
        name: 'Oracle Cloud Infrastructure',
        pattern: /^idcs-[a-z0-9]+\.identity\.oraclecloud\.com$/,
        isBuiltIn: false,
        keys: ofSameName('aud', 'sub', 'rpst_id'),
    },
    {
        name: 'Google',
        pattern: /^accounts\.google\.com$/,
        isBuiltIn: true,
        keys: {
            aud: ['azp', 'aud'],
            oaud: ['aud'],
            sub: ['sub'],
            'google/organization_number': ['google/organization_number'],
        },
    },
    {
        name: 'Amazon Cognito',
        pattern: /^cognito-identity\.amazonaws\.com$/,
        isBuiltIn: true,
        keys: ofSameName('aud', 'sub', 'amr'),
    },
    {
        name: 'Login with Amazon',
        pattern: /^www\.amazon\.com$/,
        isBuiltIn: true,
        keys: ofSameName('app_id', 'user_id'),
    },
    {
        name: 'Facebook',
        pattern: /^graph\.facebook\.com$/,
        isBuiltIn: true,
        keys: ofSameName('app_id', 'id'),
    },
];
const OTHER = {
    name: 'another issuer',
    pattern: /^/,
    isBuiltIn: false,
    keys: ofSameName('aud', 'sub', 'amr'),
};
function familyOf(issuer) {
    const host = (0,token_issuer/* withoutScheme */.y)(issuer);
    return FAMILIES.find(({ pattern }) => pattern.test(host)) ?? OTHER;
}
function isGithubIssuer(issuer) {
    return familyOf(issuer) === FAMILIES[0];
}
function isShared(issuer) {
    const shared = /^(?:gitlab\.com|agent\.buildkite\.com|app\.terraform\.io)$/;
    return isGithubIssuer(issuer) || shared.test(withoutScheme(issuer));
}
function keyPrefix(issuer) {
    return `${withoutScheme(issuer)}:`;
}
function keysOf(issuer) {
    return Object.keys(familyOf(issuer).keys);
}
function keyValues(issuer, name, claims) {
    const { keys } = familyOf(issuer);
    const sources = Object.hasOwn(keys, name) ? (keys[name] ?? []) : [];
    const claim = sources.find(source => Object.hasOwn(claims, source) && (claims[source] ?? undefined) !== undefined);
    return claim === undefined ? undefined : claimValues(claims, claim);
}
function federatedPrincipal({ partition, accountId }, issuer) {
    const host = (0,token_issuer/* withoutScheme */.y)(issuer);
    return familyOf(issuer).isBuiltIn ? host : `arn:${partition}:iam::${accountId}:oidc-provider/${host}`;
}

;// CONCATENATED MODULE: ../build/core/sts/denying-policy.js
const KINDS = [
    'service control policy',
    'resource control policy',
    'permissions boundary',
    'session policy',
    'VPC endpoint policy',
    'identity-based policy',
    'resource-based policy',
    'role trust policy',
];
const FORM = new RegExp(`\\b(explicit deny in (?:an?|the)|because no) (${KINDS.join('|')})(?:: ?(arn:[^\\s"]+))?`);
function denying_policy_denyingPolicyIn(message) {
    const [, how, kind, arn] = FORM.exec(message) ?? [];
    if (kind === undefined)
        return undefined;
    return {
        kind: kind,
        isExplicit: how !== 'because no',
        arn: arn?.replace(/[.,;)]+$/, ''),
    };
}
function denying_policy_isTrustPolicy({ kind }) {
    return kind === 'role trust policy' || kind === 'resource-based policy';
}

;// CONCATENATED MODULE: ../build/core/outcome/refusals.js






function refusalAdvice(failure, asked) {
    if (!failure.code)
        return {
            hint: 'The request was refused before it reached AWS STS: by a proxy, a firewall or a wrong sts-endpoint.',
            likelyCause: 'refused by something before AWS',
        };
    if ((0,clock_skew/* isAboutTime */.$)(failure))
        return { hint: clockHint(failure), likelyCause: 'clock of the runner' };
    const policy = denying_policy_denyingPolicyIn(failure.message);
    if (policy)
        return { hint: (0,base_text/* escapeControls */.UN)(policyHint(policy, failure, asked)), likelyCause: 'policy named by AWS' };
    const own = failure.operation === 'AssumeRoleWithWebIdentity' ? TOKEN_REFUSALS : CREDENTIAL_REFUSALS;
    const refusal = [...REFUSALS, ...own].find(rule => isAbout(failure, rule));
    if (!refusal)
        return { hint: "This error is permanent, so the call wasn't retried. Fix what AWS's message names." };
    const [, likelyCause, hint] = refusal;
    return { hint: (0,base_text/* escapeControls */.UN)(hint(asked, failure)), likelyCause };
}
function tellsReason(failure) {
    const policy = denyingPolicyIn(failure.message);
    if (policy)
        return !isTrustPolicy(policy);
    return REFUSALS.some(rule => isAbout(failure, rule));
}
function isAbout({ code, message }, [pattern]) {
    return pattern.test(`${code}: ${message}`);
}
const REFUSALS = [
    [
        /^PackedPolicyTooLarge/,
        'policies and tags too long',
        ({ claims }) => claims
            ? "The session policies exceed AWS's size limit: shorten inline-session-policy, or list fewer managed-session-policies."
            : "The session policies and tags exceed AWS's size limit: shorten the policies, or send fewer custom-tags.",
    ],
    [
        /^MalformedPolicyDocument/,
        'duration or other validation',
        () => "AWS rejected a session policy. Fix inline-session-policy, or the ARNs in managed-session-policies, as AWS's message says.",
    ],
    [
        /^(RegionDisabledException:|[^:]*: Cannot call .* region)/i,
        'region disabled',
        () => "Activate STS for this region in IAM's account settings, or choose another aws-region.",
    ],
    [
        /DurationSeconds exceeds the 1 hour/i,
        'duration or other validation',
        () => 'Role chaining limits a session to one hour, whatever the role allows. Lower role-duration-seconds to 3600, or remove it.',
    ],
    [
        /DurationSeconds exceeds/i,
        'duration or other validation',
        ({ request }) => `Lower role-duration-seconds, or ask the administrator of the role's account to raise the MaxSessionDuration of ${request?.role.roleName ?? 'the role'}.`,
    ],
    [
        /Request ARN is invalid/i,
        'duration or other validation',
        ({ request }) => `AWS rejected ${request ? `the ARN ${(0,arn/* formatArn */.bH)(request.role)}` : "the role's ARN"}. Copy the ARN from IAM.`,
    ],
    [
        /transitive tag key/i,
        'session tags not allowed',
        () => "The calling session has this key as a transitive tag, which can't be overridden. Set role-skip-session-tagging to true, or remove the key from custom-tags.",
    ],
    [
        /^ValidationError:/,
        'duration or other validation',
        ({ request }, { message }) => {
            const input = INPUTS_BY_PARAMETER.find(([parameter]) => message.includes(`at '${parameter}`))?.[1];
            return input
                ? `Fix the input ${input} as AWS's message says.`
                : `Fix what AWS's message names. If it's the duration, lower role-duration-seconds (role chaining limits a session to one hour, 3600) or raise the MaxSessionDuration of ${request?.role.roleName ?? 'the role'}.`;
        },
    ],
    [
        /^(MissingAuthenticationToken|IncompleteSignature|InvalidAction|MissingAction|UnknownOperation|[^:]*: Unable to determine service\/operation name)/i,
        'request changed in transit',
        () => 'The request was changed in transit, or sts-endpoint points to another service.',
    ],
];
const INPUTS_BY_PARAMETER = [
    ['roleArn', 'role-to-assume'],
    ['roleSessionName', 'role-session-name'],
    ['durationSeconds', 'role-duration-seconds'],
    ['externalId', 'role-external-id'],
    ['sourceIdentity', 'source-identity'],
    ['policyArns', 'managed-session-policies'],
    ['policy', 'inline-session-policy'],
    ['tags', 'custom-tags'],
    ['transitiveTagKeys', 'transitive-tag-keys'],
];
const TOKEN_REFUSALS = [
    [
        /^InvalidIdentityToken.*: .*thumbprint/i,
        'certificate of the issuer',
        asked => `The provider ${providerOf(asked)} doesn't trust the issuer's certificate. The account's administrator must update the provider's thumbprints (aws iam update-open-id-connect-provider-thumbprint).`,
    ],
    [
        /^InvalidIdentityToken.*: .*missing a required claim/i,
        'token not accepted',
        () => "AWS requires a claim that the token doesn't have. The token's issuer must add it. If another tool wrote the token, check that it's an ID token and not an access token.",
    ],
    [
        /^InvalidIdentityToken.*: .*audience/i,
        'incorrect audience',
        ({ claims, request }) => `Remove the input audience to use the default, or add ${claims?.audiences.join(', ') ?? ''} as an audience (client ID) of the OIDC provider in account ${request?.role.accountId}.`,
    ],
    [
        /^InvalidIdentityToken.*: .*no openidconnect provider/i,
        'missing OIDC provider',
        ({ claims, request }) => `Account ${request?.role.accountId} has no OIDC provider for ${claims?.issuer ?? ''}. Create it there, or correct the account in the role's ARN.`,
    ],
    [
        /^InvalidIdentityToken.*: .*(issued within|not a valid JWT|valid JSON Web Token)/i,
        'token not accepted',
        () => "AWS rejected the token: it's too old, or isn't an ID token. Issue a new one right before this step.",
    ],
    [
        /^IDPRejectedClaim/,
        'token not accepted',
        () => "The token has expired, its issuer has revoked it, or one of its claims isn't valid. Run the job again. If it fails again, check the issuer's clock and settings.",
    ],
];
function providerOf({ request, claims }) {
    return request && claims ? federatedPrincipal(request.role, claims.issuer) : 'for the issuer';
}
const CREDENTIAL_REFUSALS = [
    [
        /^AccessDenied.*: .*sts:TagSession/,
        'session tags not allowed',
        () => "The call sends session tags, so the role's trust policy and, across accounts, the caller's own policy must allow sts:TagSession too. Allow it, or set role-skip-session-tagging to true.",
    ],
    [
        /^AccessDenied.*: .*sts:SetSourceIdentity/,
        'source identity not allowed',
        ({ request }) => sourceIdentityHint(request?.sourceIdentity),
    ],
    [
        /^AccessDenied.*: .*root account/i,
        'root user',
        () => "These are root user keys, which can't assume a role. Use the keys of an IAM user or a role, or GitHub's OIDC token.",
    ],
    [
        /^AccessDenied/,
        'credentials refused by the role',
        ({ request }) => `The role's trust policy must allow this caller${request?.externalId === undefined ? ' (no external ID was sent; if it requires one, set role-external-id)' : ' and this external ID'}. Across accounts, the caller's own policy must allow sts:AssumeRole too. AWS returns the same error if the role doesn't exist: check account, name, case and path.`,
    ],
    [
        /^SignatureDoesNotMatch:/,
        'secret of another key',
        (_, { isOfNewSession }) => isOfNewSession
            ? 'AWS issued these credentials moments ago, so the secret is correct. Something between the runner and AWS changed the request.'
            : "The secret access key doesn't belong to the access key ID, or one was stored incorrectly. Store both again.",
    ],
    [
        /^ExpiredToken/,
        'credentials expired',
        () => 'The credentials have expired. Run the step that creates them again, right before this one.',
    ],
    [
        /^(InvalidClientTokenId|UnrecognizedClientException):/,
        'credentials not known',
        ({ ignoredVariables }, { isOfNewSession }) => isOfNewSession
            ? "AWS doesn't recognize the credentials that it issued moments ago. Check that aws-region is in the role's partition."
            : `AWS doesn't recognize these credentials. The key was deleted or deactivated, or belongs to a different partition from aws-region.${ignoredNote(ignoredVariables)}`,
    ],
];
function sourceIdentityHint(sent) {
    const grant = "The role's trust policy and, across accounts, the caller's own policy must allow sts:SetSourceIdentity too.";
    return sent === undefined
        ? `The calling session has a source identity, which every role of a chain inherits. ${grant}`
        : `${grant} If the calling session already has a source identity, it can't be changed: set source-identity to the same value, or remove it. If the trust policy has a condition on sts:SourceIdentity, it must match ${sent}.`;
}
const WHO_MUST_ACT = {
    'service control policy': "An administrator of the AWS organization must change it; nobody in the caller's account can.",
    'resource control policy': "An administrator of the AWS organization must change it; nobody in the role's account can.",
    'permissions boundary': "The administrator of the caller's account must change the caller's boundary.",
    'session policy': 'The calling session has this session policy. Change the step or the tool that created the session.',
    'VPC endpoint policy': "Whoever runs the runner's network must change the policy of its VPC endpoint for STS.",
    'identity-based policy': "The administrator of the caller's account must change the caller's own policies.",
    'resource-based policy': "The administrator of the role's account must change the role's trust policy.",
    'role trust policy': "The administrator of the role's account must change the role's trust policy.",
};
function policyHint(policy, { message, operation }, { request }) {
    const { kind, isExplicit, arn } = policy;
    const action = /\bsts:\w+/.exec(message)?.[0] ?? `sts:${operation}`;
    const named = arn === undefined ? '' : ` (${arn})`;
    return [
        isExplicit ? `A Deny in a ${kind}${named} applies to ${action}.` : `No ${kind}${named} allows ${action}.`,
        WHO_MUST_ACT[kind],
        denying_policy_isTrustPolicy(policy) && operation === 'AssumeRole' && request?.externalId === undefined
            ? 'The policy may require an external ID, and none was sent: set role-external-id.'
            : '',
        action === 'sts:TagSession' ? 'Or set role-skip-session-tagging to true to send no tags.' : '',
        action === 'sts:SetSourceIdentity' ? sourceIdentityHint(request?.sourceIdentity) : '',
    ]
        .filter(Boolean)
        .join(' ');
}
function clockHint({ clock }) {
    if (!clock)
        return "AWS rejected the time of the signature, not the keys. Correct the runner's clock. The response doesn't say how far off it is.";
    const { aheadMs } = clock;
    return (0,clock_skew/* isOff */.gK)(aheadMs)
        ? `The runner's clock is ${formatSpan(Math.abs(aheadMs))} ${aheadMs > 0 ? 'behind' : 'ahead of'} AWS's. Correct it. The keys are not at fault.`
        : "AWS rejected the time of the signature, not the keys, although the runner's clock agrees with the response's. Check what delays requests between the runner and AWS.";
}
function formatSpan(milliseconds) {
    const minutes = Math.round(milliseconds / 60_000);
    if (minutes < 120)
        return `${minutes} minutes`;
    const hours = Math.round(minutes / 60);
    return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}

;// CONCATENATED MODULE: ../build/core/outcome/explanation.js







function oidcNotPermitted(fork, otherwise = '') {
    const yaml = 'Add to the job (or the workflow), and to the caller of a reusable workflow:\n  permissions:\n    id-token: write\n    contents: read';
    const forkNote = 'This run is for a pull request from a fork. By default, GitHub gives it no OIDC token. Deploy from a run in your own repository.';
    return new base_failure/* GateError */.ue('ERR_OIDC_NOT_PERMITTED', "This job can't request an OIDC token from GitHub", [
        fork ? `${forkNote}\n${yaml}` : `${yaml}\nBy default, a pull request from a fork gets no OIDC token.`,
        ...(otherwise ? [`The job has no credentials either: ${(0,base_text/* escapeControls */.UN)(otherwise)}`] : []),
    ].join('\n'));
}
function credentialsUnavailable(reason, cause, likelyCause) {
    return new base_failure/* GateError */.ue('ERR_CREDENTIALS_UNAVAILABLE', `the job has no usable credentials: ${(0,base_text/* escapeControls */.UN)(reason)}`, "Checked: environment variables, the profile in AWS's shared files, container and instance roles. Run the step that creates credentials first, or assume a role with GitHub's OIDC token.", { cause, likelyCause });
}
class DisputedCredentials extends Error {
}
function credentialsDisputed(reason) {
    return credentialsUnavailable(reason, new DisputedCredentials(reason), 'credentials that tools read differently');
}
function tokenFileUnusable(path, reason) {
    return new base_failure/* GateError */.ue('ERR_CREDENTIALS_UNAVAILABLE', `web-identity-token-file: ${(0,base_text/* quote */.hD)(path)} can't be used: ${(0,base_text/* escapeControls */.UN)(reason)}`, 'Set the path of the token file itself, relative to the workspace or absolute, and check that its issuer keeps it current.', { likelyCause: 'web identity token file' });
}
function noPlainKey(attempts) {
    return new base_failure/* GateError */.ue('ERR_STS_UNAVAILABLE', attempts === 1
        ? 'the key of the only session had special characters'
        : `every key in ${attempts} sessions had special characters`, 'About two in three do. Raise `retry-max-attempts`, or remove `special-characters-workaround` if your tools can handle them.');
}
function idTokenFailure(failure, attempts) {
    const message = `no OIDC token from GitHub after ${formatAttempts(attempts)}: ${failure.summary}`;
    return new base_failure/* GateError */.ue('ERR_OIDC_REQUEST_FAILED', message, idTokenHint(failure), optionsFor(failure));
}
function optionsFor(cause) {
    return cause.kind === 'proxy-refusal' ? { cause, likelyCause: 'proxies' } : { cause };
}
function idTokenHint(failure) {
    switch (failure.kind) {
        case 'proxy-refusal':
            return proxyHint(failure);
        case 'untrusted':
            return "The certificate isn't trusted, so no token was requested. For a GitHub server with a private CA, set NODE_EXTRA_CA_CERTS in the `.env` of the runner. For an HTTPS proxy, add its root CA to ca-bundle.";
        case 'malformed-response':
            return "Something other than GitHub's token service responded, such as a proxy, a firewall or a login page. On a self-hosted runner, check its connection to the token service, http-proxy and no-proxy.";
        case 'error-response':
        case 'no-response':
            return (0,retry_policy/* decide */.LD)(failure) === 'final'
                ? "GitHub's token service refused this job: check its `id-token: write` permission, and the organization's OIDC settings."
                : "Check for a GitHub Actions incident, and run the job again. On a self-hosted runner, check that it can reach GitHub's token service.";
    }
}
function stsFailure(failure, attempts, asked) {
    const decision = (0,retry_policy/* decide */.LD)(failure);
    const options = optionsFor(failure);
    const { operation, summary, requestId } = failure;
    const ofRequest = requestId === undefined ? '' : `\n- request ID: ${requestId}`;
    const ignored = ignoredNote(asked.ignoredVariables);
    if (failure.kind === 'malformed-response') {
        const message = `unexpected response to ${operation} from ${asked.endpoints.at(-1)} after ${formatAttempts(attempts)}: ${summary}${ofRequest}`;
        const hint = `Something between the runner and AWS responded instead, or sts-endpoint doesn't point to AWS STS.${ignored}`;
        return new base_failure/* GateError */.ue('ERR_STS_BAD_RESPONSE', message, hint, options);
    }
    if (failure.kind === 'error-response' && isRefusal(decision)) {
        const who = failure.code ? 'AWS' : asked.endpoints.at(-1);
        const message = `${who} refused ${operation}: ${summary}${formatAsked(asked)}${ofRequest}`;
        const { hint, likelyCause } = refusalAdvice(failure, asked);
        return new base_failure/* GateError */.ue('ERR_STS_REJECTED', message, hint, { ...options, likelyCause });
    }
    const message = `${operation} failed after ${formatAttempts(attempts)} at ${asked.endpoints.join(' and ')}: ${summary}${ofRequest}`;
    return new base_failure/* GateError */.ue('ERR_STS_UNAVAILABLE', message, `${unavailableHint(failure)}${ignored}`, options);
}
function isRefusal(decision) {
    return ['final', 'awaiting-propagation', 'retry-with-corrected-clock'].includes(decision);
}
function formatAttempts(attempts) {
    return attempts === 1 ? '1 attempt' : `${attempts} attempts`;
}
function formatAsked({ request, claims }) {
    if (!request)
        return '';
    const role = `\n- role: ${(0,arn/* formatArn */.bH)(request.role)}`;
    return claims ? `${role}${formatToken(request, claims)}` : `${role}${formatExtras(request)}`;
}
function formatToken({ role }, claims) {
    return formatList([
        `required OIDC provider: ${federatedPrincipal(role, claims.issuer)}`,
        `sub: ${claims.subject}`,
        `aud: ${claims.audiences.join(', ')}`,
        `iss: ${claims.issuer}`,
        `other claims that IAM can test: ${formatOtherClaims(claims)}`,
    ]);
}
function formatExtras({ externalId, sourceIdentity, tags }) {
    return formatList([
        `external ID: ${externalId ?? 'none'}`,
        ...(sourceIdentity === undefined ? [] : [`source identity: ${sourceIdentity}`]),
        `session tags: ${tags.map(({ key }) => key).join(', ') || 'none'}`,
    ]);
}
function formatList(lines) {
    return lines.map(line => `\n- ${(0,base_text/* escapeControls */.UN)(line)}`).join('');
}
function formatOtherClaims({ issuer, all }) {
    const others = keysOf(issuer).filter(claim => claim !== 'sub' && claim !== 'aud' && typeof all[claim] === 'string');
    return others.map(claim => `${claim}=${all[claim]}`).join(', ') || 'none';
}
function withIgnored(failure, names) {
    return failure.reworded({ hint: `${failure.hint}${ignoredNote(names)}` });
}
function proxyHint({ status }) {
    return status === 407
        ? 'The proxy requires a user name and password. Set http-proxy to http://USER:PASSWORD@HOST:PORT, from a secret, with special characters percent-encoded (@ as %40, % as %25). They are sent as Basic authentication: if the proxy requires NTLM, Kerberos or Digest, run a proxy such as px on the runner.'
        : 'Allow this host and port in the proxy. If the runner can reach the host without it, add the host to no-proxy.';
}
function unavailableHint(failure) {
    const { kind, code } = failure;
    if (kind === 'untrusted') {
        return "The server's certificate isn't trusted, so the request wasn't sent. If a proxy intercepts TLS, or its own certificate comes from a private CA, add its root CA to ca-bundle.";
    }
    if (kind === 'proxy-refusal')
        return proxyHint(failure);
    if (code === 'InvalidIdentityToken' || code === 'IDPCommunicationError')
        return "AWS couldn't fetch the issuer's keys, which can happen when many jobs start at once. Run the job again. A self-hosted issuer (GHES) must be reachable from AWS.";
    if ((0,retry_policy/* isThrottling */.E2)(failure))
        return 'AWS throttled the call. Start fewer jobs at once, or raise retry-max-attempts.';
    if (code === 'ENOTFOUND')
        return "The host doesn't resolve. Check aws-region (or sts-endpoint, use-fips-endpoint, use-dualstack-endpoint, or the proxy's name) for a typo, and the runner's DNS.";
    if (code === 'ECONNREFUSED')
        return "Nothing accepts connections there. Check the host, the runner's network, and the proxy if there is one.";
    return 'Check for an AWS incident in this region and whether the runner can reach the host. Then run the job again.';
}

;// CONCATENATED MODULE: ../build/sts/token-cache.js

const RENEWAL_SHARE = 0.1;
class TokenCache {
    #request;
    #onNewToken;
    #held;
    #requested;
    #refused;
    constructor(request, onNewToken) {
        this.#request = request;
        this.#onNewToken = onNewToken;
    }
    async current() {
        if (this.#held && performance.now() <= this.#held.until)
            return this.#held.idToken;
        this.#requested ??= this.#renew().finally(() => {
            this.#requested = undefined;
        });
        return this.#requested;
    }
    discard(idToken) {
        if (this.#held?.idToken !== idToken)
            return;
        this.#refused = idToken;
        this.#held = undefined;
    }
    async #renew() {
        const idToken = await this.#request(this.#refused);
        maskSecret(idToken.jwt);
        maskSecret(idToken.signature);
        this.#onNewToken(idToken.claims);
        const life = idToken.lifetimeSeconds * 1000 * (1 - RENEWAL_SHARE);
        this.#held = { idToken, until: performance.now() + life };
        return idToken;
    }
}

// EXTERNAL MODULE: ./stand-ins/@aws-sdk/credential-provider-node.js
var credential_provider_node = __webpack_require__(7667);
// EXTERNAL MODULE: ../build/core/base/instant.js
var instant = __webpack_require__(798);
;// CONCATENATED MODULE: ../build/core/profiles/config-parser.js

const DEFAULTS = 'DEFAULT';
function parseConfig(bytes) {
    const text = decodeStrictly(bytes);
    if (text === undefined)
        return { line: firstUndecodableLine(bytes), reason: 'it is not valid UTF-8' };
    const parser = new Parser();
    let number = 0;
    for (const line of linesOf(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text)) {
        const problem = parser.read(line, ++number);
        if (problem)
            return problem;
    }
    return parser.end();
}
function isProblem(parsed) {
    return 'reason' in parsed;
}
function parseFailure(path, { line, reason }) {
    return `${(0,base_text/* quote */.hD)(path)}, line ${line}: ${reason}, so the AWS CLI can't parse the file`;
}
function decodeStrictly(bytes) {
    try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    }
    catch {
        return undefined;
    }
}
function firstUndecodableLine(bytes) {
    let line = 1;
    for (let start = 0; start < bytes.length; line++) {
        const found = bytes.indexOf(0x0a, start);
        const end = found < 0 ? bytes.length : found;
        if (decodeStrictly(bytes.subarray(start, end)) === undefined)
            break;
        start = end + 1;
    }
    return line;
}
function* linesOf(text) {
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        yield text.slice(start, end);
        start = end + 1;
    }
    yield text.slice(start);
}
class Parser {
    #sections = new Map();
    #defaults = { line: 0, settings: [] };
    #headers = new Map();
    #section;
    #lines = { defaults: new Map(), section: new Map() };
    #setting;
    #indent = 0;
    read(line, number) {
        const text = strip(line);
        if (text === '') {
            if (this.#setting)
                this.#setting.blanks++;
            return undefined;
        }
        if (text.startsWith('#') || text.startsWith(';'))
            return undefined;
        const indent = indentOf(line);
        if (this.#setting && indent > this.#indent) {
            continueSetting(this.#setting, text, number);
            return undefined;
        }
        this.#close();
        this.#indent = indent;
        const header = headerOf(text);
        return header === undefined ? this.#set(text, number) : this.#open(header, number);
    }
    end() {
        this.#close();
        const sections = [...this.#sections.values()];
        const inherited = sections.length > 0 ? [this.#defaults] : [];
        const lines = [...inherited, ...sections].flatMap(linesOfBrokenBlocks);
        if (lines.length > 0) {
            const line = lines.reduce((first, each) => Math.min(first, each));
            return { line, reason: 'not all of the indented lines below it are of the form name = value' };
        }
        return { sections: this.#sections, defaults: this.#defaults, headers: this.#headers };
    }
    #open(header, line) {
        this.#headers.set(line, header);
        this.#lines.section.clear();
        if (header === DEFAULTS) {
            this.#section = this.#defaults;
            return undefined;
        }
        const earlier = this.#sections.get(header);
        if (earlier)
            return { line, reason: `line ${earlier.line} begins the same section` };
        this.#section = { line, settings: [] };
        this.#sections.set(header, this.#section);
        return undefined;
    }
    #set(text, line) {
        if (!this.#section) {
            const isMarked = text.startsWith('\ufeff');
            return {
                line,
                reason: isMarked ? 'it begins with a byte order mark' : 'no section header is before it',
            };
        }
        const sign = text.search(/[=:]/);
        if (sign < 1)
            return { line, reason: 'it is neither a section header nor of the form name = value' };
        const name = strip(text.slice(0, sign)).toLowerCase();
        const lines = this.#section === this.#defaults ? this.#lines.defaults : this.#lines.section;
        const earlier = lines.get(name);
        if (earlier)
            return { line, reason: `line ${earlier} has the same setting` };
        lines.set(name, line);
        this.#setting = { name, parts: [strip(text.slice(sign + 1))], line, blanks: 0 };
        return undefined;
    }
    #close() {
        if (!this.#setting || !this.#section)
            return;
        const { parts, blanks: _, ...setting } = this.#setting;
        this.#section.settings.push({ ...setting, value: stripEnd(parts.join('\n')) });
        this.#setting = undefined;
    }
}
function continueSetting(setting, text, line) {
    setting.nextLine ??= line;
    if (setting.blanks > 0)
        setting.parts.push('\n'.repeat(setting.blanks - 1));
    setting.parts.push(text);
    setting.blanks = 0;
}
function headerOf(text) {
    const end = text.lastIndexOf(']');
    return text.startsWith('[') && end > 1 ? text.slice(1, end) : undefined;
}
function linesOfBrokenBlocks({ settings }) {
    return settings.filter(isBrokenBlock).map(({ line }) => line);
}
function isBrokenBlock({ value }) {
    if (!value.startsWith('\n'))
        return false;
    const lines = value.split(/[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
    return lines.some(line => strip(line) !== '' && !line.includes('='));
}
function indentOf(line) {
    let start = 0;
    while (isSpace(line.charCodeAt(start)))
        start++;
    return start;
}
function strip(text) {
    return stripEnd(text.slice(indentOf(text)));
}
function stripEnd(text) {
    let end = text.length;
    while (isSpace(text.charCodeAt(end - 1)))
        end--;
    return text.slice(0, end);
}
function isSpace(unit) {
    if (unit < 0x80)
        return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || (unit >= 0x1c && unit <= 0x1f);
    return OTHER_SPACES.has(unit);
}
const OTHER_SPACES = new Set([
    0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a,
    0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
]);

;// CONCATENATED MODULE: ../build/core/profiles/file-reading.js

const EMPTY_READING = newReading();
function settingsOf({ ssoSessions, profiles, defaults }, kind, name) {
    const own = { profiles, ssoSessions }[kind].get(name);
    return own && new Map([...defaults, ...own].map(setting => [setting.name, setting]));
}
function profileHeader(name) {
    return `profile ${name}`;
}
function ssoSessionHeader(name) {
    return `sso-session ${name}`;
}
function readAsBotocore(bytes, file) {
    const config = parseConfig(bytes);
    if (isProblem(config))
        return config;
    const reading = newReading(config.defaults.settings);
    const winners = new Map();
    for (const [name, { settings }] of config.sections) {
        const meaning = botocoreMeaning(name, file);
        put(reading, meaning, settings);
        winners.set(meaning, name);
    }
    for (const [line, name] of config.headers) {
        const meaning = botocoreMeaning(name, file);
        reading.headers.set(line, name === DEFAULTS || winners.get(meaning) === name ? meaning : '');
    }
    return reading;
}
function botocoreMeaning(name, file) {
    if (name === DEFAULTS)
        return name;
    if (file === 'credentials')
        return profileHeader(name);
    if (name === 'default')
        return profileHeader(name);
    const kind = ['profile', 'sso-session'].find(prefix => name.startsWith(prefix));
    const words = kind ? splitAsShell(name) : undefined;
    return words?.length === 2 ? `${kind} ${words[1]}` : '';
}
function readAsSdk(bytes, file) {
    const sections = new Map();
    const names = new Map();
    let section = '';
    let block = '';
    let number = 0;
    for (const line of linesOf(file_reading_decode(bytes))) {
        number++;
        const text = withoutComment(line);
        const header = sdkHeader(text);
        if (header !== undefined) {
            if (isForbidden(text))
                return EMPTY_READING;
            section = header;
            block = '';
            names.set(number, section);
            continue;
        }
        const sign = text.indexOf('=');
        if (section === '' || sign < 1)
            continue;
        const name = text.slice(0, sign).trim();
        const value = text.slice(sign + 1).trim();
        if (value === '') {
            block = name;
            continue;
        }
        if (line.trimStart() === line)
            block = '';
        const settings = sections.get(section) ?? [];
        if (settings.length === 0)
            sections.set(section, settings);
        settings.push({ name: block === '' ? name : `${block}.${name}`, value, line: number });
    }
    const reading = newReading();
    const isReplaced = (name) => file === 'config' && name === 'default' && sections.has('profile.default');
    for (const [name, settings] of sections)
        if (!isReplaced(name))
            put(reading, sdkMeaning(name, file), settings);
    for (const [line, name] of names)
        reading.headers.set(line, isReplaced(name) ? '' : sdkMeaning(name, file));
    return reading;
}
function excerptForSdk(bytes, file, headers) {
    const kept = [];
    let isKept = false;
    for (const line of linesOf(file_reading_decode(bytes))) {
        const text = withoutComment(line);
        const header = sdkHeader(text);
        if (header !== undefined) {
            if (isForbidden(text))
                return '';
            isKept = headers.has(sdkMeaning(header, file));
        }
        if (isKept)
            kept.push(line);
    }
    return kept.join('\n');
}
function sdkMeaning(name, file) {
    if (file === 'credentials')
        return profileHeader(name);
    if (name === 'default')
        return profileHeader(name);
    if (name.startsWith('profile.'))
        return profileHeader(name.slice('profile.'.length));
    if (name.startsWith('sso-session.'))
        return ssoSessionHeader(name.slice('sso-session.'.length));
    return '';
}
function sdkHeader(text) {
    if (text.length < 2 || !text.startsWith('[') || !text.endsWith(']'))
        return undefined;
    const name = text.slice(1, -1);
    const [, prefix, , rest] = PREFIXED.exec(name) ?? [];
    if (prefix === undefined)
        return name;
    return ['profile', 'sso-session', 'services'].includes(prefix) ? `${prefix}.${rest}` : '';
}
const PREFIXED = /^([\w-]+)\s(["'])?([\w\-@+.%:/]+)\2$/;
function isForbidden(header) {
    return ['[__proto__]', '[profile __proto__]'].includes(header);
}
function withoutComment(line) {
    const comment = line.search(/(?:^|\s)[;#]/);
    return (comment < 0 ? line : line.slice(0, comment)).trim();
}
function file_reading_decode(bytes) {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
function newReading(defaults = []) {
    return { profiles: new Map(), ssoSessions: new Map(), defaults, headers: new Map() };
}
function put({ profiles, ssoSessions }, meaning, settings) {
    const [profile, session] = [profileHeader(''), ssoSessionHeader('')];
    if (meaning.startsWith(profile))
        profiles.set(meaning.slice(profile.length), settings);
    else if (meaning.startsWith(session))
        ssoSessions.set(meaning.slice(session.length), settings);
}
function splitAsShell(text) {
    const words = [];
    let word;
    let quote = '';
    for (let index = 0; index < text.length; index++) {
        const character = text.charAt(index);
        if (character === '\\' && quote !== "'") {
            const next = text.charAt(++index);
            if (next === '')
                return undefined;
            word = `${word ?? ''}${quote === '"' && next !== '"' && next !== '\\' ? '\\' : ''}${next}`;
        }
        else if (quote !== '') {
            if (character === quote)
                quote = '';
            else
                word = `${word ?? ''}${character}`;
        }
        else if (character === '"' || character === "'") {
            quote = character;
            word ??= '';
        }
        else if (' \t\r\n'.includes(character)) {
            if (word !== undefined)
                words.push(word);
            word = undefined;
        }
        else {
            word = `${word ?? ''}${character}`;
        }
    }
    if (quote !== '')
        return undefined;
    return word === undefined ? words : [...words, word];
}

;// CONCATENATED MODULE: ../build/core/profiles/credential-plan.js

class Planner {
    visited = new Set();
    readings;
    environment;
    constructor(readings, environment) {
        this.readings = readings;
        this.environment = environment;
    }
    planned() {
        return { plan: this.plan(), profiles: this.visited };
    }
    visit(name) {
        this.visited.add(name);
        return new Profile(this.readings, name);
    }
}
const credential_plan_MAX_PROFILES = 50;
class Profile {
    #settings;
    constructor({ credentials, config }, name) {
        this.#settings = {
            credentials: settingsOf(credentials, 'profiles', name),
            config: settingsOf(config, 'profiles', name),
        };
    }
    get exists() {
        return FILES.some(file => this.#settings[file] !== undefined);
    }
    find(name, from) {
        for (const file of from ? [from] : FILES) {
            const setting = this.#settings[file]?.get(name);
            if (setting)
                return { ...setting, file };
        }
        return undefined;
    }
    value(name, from) {
        return this.find(name, from)?.value;
    }
    has(...names) {
        return names.some(name => this.find(name) !== undefined);
    }
}
const FILES = ['credentials', 'config'];
const SSO_SETTINGS = ['sso_start_url', 'sso_region', 'sso_account_id', 'sso_role_name', 'sso_session'];
const CONTAINER_VARIABLES = [
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
];
function metadataFacts(environment, settingOf) {
    const [path, url] = CONTAINER_VARIABLES.map(name => environment[name]);
    if (path || url)
        return [];
    return METADATA_SETTINGS.map(name => environment[`AWS_${name.toUpperCase()}`] ? undefined : settingOf(name));
}
const METADATA_SETTINGS = [
    'ec2_metadata_service_endpoint',
    'ec2_metadata_service_endpoint_mode',
];
function processPlan(profile, runBy) {
    const by = profile?.find('credential_process');
    return planBy('process', by, by && [by.value, needsShell(by.value) ? runBy : undefined]);
}
function needsShell(command) {
    if (splitAsShell(command) === undefined || /^\s*\w+=/.test(command))
        return true;
    const unquoted = command.replaceAll(/'[^']*'|\\[^\n]|"(?:[^"\\]|\\.)*"/gs, quoted => quoted.startsWith('"') && /[$`\n]/.test(quoted) ? '$' : 'q');
    return /[$`;&|<>()*?[\]{}\n]|(?:^|\s)[~#]/.test(unquoted);
}
function roleOf(profile, source) {
    if (source.kind === 'failure')
        return source;
    const facts = ['role_arn', 'role_session_name', 'external_id', 'mfa_serial'].map(name => profile.value(name));
    return { kind: 'role', facts, source, ...withBy(profile.find('role_arn')) };
}
function planBy(kind, by, facts = typeof by === 'object' ? [by.value] : []) {
    return by === undefined ? undefined : { kind, facts, by };
}
function failure(reason, by) {
    return { kind: 'failure', facts: [reason], ...withBy(by) };
}
function withBy(by) {
    return by === undefined ? {} : { by };
}

;// CONCATENATED MODULE: ../build/core/profiles/botocore-plan.js


function planOfBotocore(readings, environment) {
    return new BotocorePlanner(readings, environment).planned();
}
class BotocorePlanner extends Planner {
    #boto;
    constructor(readings, environment) {
        super(readings, environment);
        this.#boto = readings.boto;
    }
    plan() {
        const { AWS_PROFILE: chosen, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = this.environment;
        const blank = ['AWS_DEFAULT_PROFILE', 'AWS_PROFILE'].find(name => this.environment[name] !== undefined);
        if (blank && this.environment[blank] === '')
            return failure('it is blank', blank);
        const name = chosen || 'default';
        const profile = this.visit(name);
        if (chosen && !profile.exists)
            return failure('there is no such profile');
        if (id && !secret)
            return failure('a secret is missing', 'AWS_ACCESS_KEY_ID');
        if (hasRole(profile))
            return this.#assume(name, [name]);
        return this.#fromProfile(profile, this.environment) ?? this.#fromBoto() ?? this.#elsewhere();
    }
    #elsewhere() {
        const [path, url, file] = CONTAINER_VARIABLES.map(name => this.environment[name]);
        const blank = CONTAINER_VARIABLES.find((name, index) => index < 2 ? this.environment[name] === '' : file === '' && (path || url));
        return blank ? failure('it is blank', blank) : { kind: 'elsewhere', facts: this.#metadata() };
    }
    #metadata() {
        const profile = this.visit(this.environment.AWS_PROFILE || 'default');
        return metadataFacts(this.environment, name => profile.value(name));
    }
    #fromProfile(profile, environment) {
        return (webIdentity(profile, environment) ??
            this.#sso(profile) ??
            keysIn(profile, 'credentials') ??
            planBy('login', profile.find('login_session')) ??
            processPlan(profile, 'words') ??
            keysIn(profile, 'config'));
    }
    #sso(profile) {
        const by = profile.find('sso_account_id') ?? profile.find('sso_role_name');
        if (!by)
            return undefined;
        const session = profile.value('sso_session');
        const shared = session === undefined ? undefined : settingsOf(this.readings.config, 'ssoSessions', session);
        if (session !== undefined && !shared)
            return failure('its sso-session is missing', by);
        const differs = [...(shared ?? [])].find(([name, { value }]) => (profile.value(name) ?? value) !== value);
        if (differs)
            return failure('it differs from its sso-session', profile.find(differs[0]) ?? by);
        const facts = SSO_SETTINGS.map(name => profile.value(name) ?? shared?.get(name)?.value);
        const required = session === undefined ? facts.slice(0, 4) : facts;
        if (required.includes(undefined))
            return failure('its SSO settings are incomplete', by);
        return { kind: 'SSO', facts, by };
    }
    #fromBoto() {
        const file = this.#boto.find(({ config }) => config.sections.get('Credentials')?.settings.some(({ name }) => name === 'aws_access_key_id'));
        return file ? { kind: 'keys', facts: [], by: file.path } : undefined;
    }
    #assume(name, path) {
        const profile = this.visit(name);
        const by = profile.find('role_arn');
        const from = profile.find('source_profile');
        const place = profile.find('credential_source');
        if (from && place)
            return failure('it has both source_profile and credential_source', place);
        if (place)
            return roleOf(profile, {
                kind: 'credential source',
                facts: [place.value, ...this.#metadata()],
                by: place,
            });
        if (!from)
            return failure('it has a role_arn without source_profile or credential_source', by);
        const source = this.visit(from.value);
        if (!source.exists)
            return failure('its source_profile is missing', from);
        const isKeyed = source.has('aws_access_key_id', 'aws_secret_access_key');
        if (path.length > credential_plan_MAX_PROFILES)
            return failure('its source_profile chain is too long', from);
        if (path.includes(from.value) && (from.value !== name || !isKeyed))
            return failure('its source_profile chain is circular', from);
        if (hasRole(source) && !isKeyed)
            return roleOf(profile, this.#assume(from.value, [...path, from.value]));
        return roleOf(profile, this.#fromProfile(source, {}) ?? failure('its source_profile has no credentials', from));
    }
}
function hasRole(profile) {
    return profile.has('role_arn') && !profile.has('web_identity_token_file');
}
function webIdentity(profile, environment) {
    const pick = (variable, name) => environment[variable] ?? profile.value(name);
    const file = pick('AWS_WEB_IDENTITY_TOKEN_FILE', 'web_identity_token_file');
    if (!file)
        return undefined;
    const isOfVariable = environment.AWS_WEB_IDENTITY_TOKEN_FILE !== undefined;
    const by = isOfVariable ? 'AWS_WEB_IDENTITY_TOKEN_FILE' : profile.find('web_identity_token_file');
    const role = pick('AWS_ROLE_ARN', 'role_arn');
    if (!role)
        return failure('a web identity token file has no role', by);
    return planBy('web identity', by, [file, role, pick('AWS_ROLE_SESSION_NAME', 'role_session_name')]);
}
function keysIn(profile, file) {
    const id = profile.find('aws_access_key_id', file);
    if (!id)
        return undefined;
    const secret = profile.value('aws_secret_access_key', file);
    if (secret === undefined)
        return failure('its access key has no secret in the same file', id);
    const token = profile.value('aws_security_token', file) ?? profile.value('aws_session_token', file);
    return { kind: 'keys', facts: [id.value, secret, token || undefined], by: id };
}

;// CONCATENATED MODULE: ../build/core/profiles/sdk-plan.js


function planOfSdk(readings, environment) {
    return new SdkPlanner(readings, environment).planned();
}
class SdkPlanner extends Planner {
    plan() {
        const name = this.environment.AWS_PROFILE || 'default';
        const plan = this.#resolve(name, []);
        if (plan)
            return plan;
        const command = processPlan(this.#find(name), 'shell');
        return command ?? tokenOf(this.environment) ?? { kind: 'elsewhere', facts: this.#metadata() };
    }
    #metadata() {
        const profile = this.#find(this.environment.AWS_PROFILE || 'default');
        return metadataFacts(this.environment, name => profile?.value(name, 'config') ?? profile?.value(name, 'credentials'));
    }
    #find(name) {
        const profile = this.visit(name);
        return name in {} || !profile.exists ? undefined : profile;
    }
    #resolve(name, path) {
        const profile = this.#find(name);
        if (!profile)
            return undefined;
        const keys = sdkKeys(profile);
        if (path.length > 0 && keys)
            return keys;
        const [from, place] = [profile.has('source_profile'), profile.has('credential_source')];
        const isBareSource = path.length > 0 && !profile.has('role_arn') && place;
        if (isBareSource || (profile.has('role_arn') && from !== place))
            return this.#assume(profile, path);
        return (keys ??
            sdkWebIdentity(profile, this.environment) ??
            processPlan(profile, 'shell') ??
            this.#sso(profile) ??
            planBy('login', profile.find('login_session')));
    }
    #assume(profile, path) {
        const source = this.#sourceOf(profile, path);
        if (source === undefined || !profile.has('role_arn'))
            return source;
        const mfa = profile.find('mfa_serial');
        return mfa ? failure('it requires an MFA code', mfa) : roleOf(profile, source);
    }
    #sourceOf(profile, path) {
        const from = profile.value('source_profile');
        if (from === undefined)
            return sdk_plan_placeOf(profile, this.#metadata());
        if (path.length > credential_plan_MAX_PROFILES)
            return failure('its source_profile chain is too long', profile.find('source_profile'));
        return path.includes(from) || from in {} ? undefined : this.#resolve(from, [...path, from]);
    }
    #sso(profile) {
        const by = SSO_SETTINGS.map(name => profile.find(name)).find(setting => setting !== undefined);
        if (!by)
            return undefined;
        const session = profile.value('sso_session');
        const shared = session === undefined ? undefined : settingsOf(this.readings.config, 'ssoSessions', session);
        if (session !== undefined && !shared)
            return failure('its sso-session is missing', by);
        const ofSession = ['sso_start_url', 'sso_region'];
        const facts = SSO_SETTINGS.map(name => shared && ofSession.includes(name) ? shared.get(name)?.value : profile.value(name));
        if (facts.slice(0, 4).includes(undefined))
            return failure('its SSO settings are incomplete', by);
        return { kind: 'SSO', facts, by };
    }
}
function sdkKeys(profile) {
    const by = profile.find('aws_access_key_id');
    const secret = profile.value('aws_secret_access_key');
    if (!by || secret === undefined)
        return undefined;
    return { kind: 'keys', facts: [by.value, secret, profile.value('aws_session_token')], by };
}
function sdk_plan_placeOf(profile, metadata) {
    const place = profile.find('credential_source');
    if (!place || !['EcsContainer', 'Ec2InstanceMetadata', 'Environment'].includes(place.value))
        return undefined;
    return { kind: 'credential source', facts: [place.value, ...metadata], by: place };
}
function sdkWebIdentity(profile, environment) {
    const [file, role] = [profile.find('web_identity_token_file'), profile.value('role_arn')];
    if (!file || role === undefined)
        return undefined;
    const session = profile.value('role_session_name') ?? environment.AWS_ROLE_SESSION_NAME;
    return { kind: 'web identity', facts: [file.value, role, session], by: file };
}
function tokenOf({ AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role, AWS_ROLE_SESSION_NAME: session, }) {
    if (!file || !role)
        return undefined;
    return { kind: 'web identity', facts: [file, role, session], by: 'AWS_WEB_IDENTITY_TOKEN_FILE' };
}

;// CONCATENATED MODULE: ../build/core/profiles/tool-agreement.js






function agreementOf(files, environment) {
    const { sdk } = files;
    const botocore = readAll(files.botocore);
    if ('reason' in botocore)
        return botocore;
    const readings = {
        botocore,
        sdk: { credentials: sdkReading(sdk, 'credentials'), config: sdkReading(sdk, 'config') },
    };
    const planned = {
        botocore: planOfBotocore(readings.botocore, environment),
        sdk: planOfSdk(readings.sdk, environment),
    };
    const name = environment.AWS_PROFILE || 'default';
    const pair = { botocore: planned.botocore.plan, sdk: planned.sdk.plan };
    const difference = differenceOf(pair.botocore, pair.sdk);
    const profiles = new Set([...planned.botocore.profiles, ...planned.sdk.profiles]);
    if (difference)
        return {
            reason: disputedLine(readings, profiles, files.botocore) ?? rivals(name, difference, files.botocore),
            isDisputed: true,
        };
    if (pair.sdk.kind === 'failure')
        return { reason: `the profile ${(0,base_text/* quote */.hD)(name)} gives ${inWords(pair.sdk, files.sdk)}`, isDisputed: false };
    const giver = innermost(pair.sdk);
    return {
        plan: pair.sdk,
        giver: { kind: giver.kind, place: inWords(giver, sdk) },
        excerpts: excerptsFor(planned.sdk.profiles, readings.sdk, sdk),
    };
}
function readAll(files) {
    const boto = [];
    const readings = { credentials: EMPTY_READING, config: EMPTY_READING, boto };
    for (const { path, bytes } of files.boto) {
        const config = bytes === undefined ? undefined : parseConfig(bytes);
        if (config && isProblem(config))
            return { reason: parseFailure(path, config), isDisputed: true };
        if (config)
            boto.push({ path, config });
    }
    for (const file of tool_agreement_FILES) {
        const { path, bytes } = files[file];
        const reading = bytes === undefined ? EMPTY_READING : readAsBotocore(bytes, file);
        if ('reason' in reading)
            return { reason: parseFailure(path, reading), isDisputed: true };
        readings[file] = reading;
    }
    return readings;
}
function sdkReading(files, file) {
    const { bytes } = files[file];
    return bytes === undefined ? EMPTY_READING : readAsSdk(bytes, file);
}
const tool_agreement_FILES = ['credentials', 'config'];
function differenceOf(botocore, sdk) {
    const isSame = botocore.kind === sdk.kind && botocore.facts.every((fact, index) => fact === sdk.facts[index]);
    if (!isSame || !botocore.source !== !sdk.source)
        return { botocore, sdk };
    return botocore.source && sdk.source ? differenceOf(botocore.source, sdk.source) : undefined;
}
function innermost(plan) {
    return plan.source ? innermost(plan.source) : plan;
}
const DECIDING = [
    'aws_access_key_id',
    'aws_secret_access_key',
    'aws_session_token',
    'aws_security_token',
    'role_arn',
    'role_session_name',
    'external_id',
    'mfa_serial',
    'source_profile',
    'credential_source',
    'web_identity_token_file',
    'credential_process',
    'login_session',
    'sso_start_url',
    'sso_region',
    'sso_account_id',
    'sso_role_name',
    'sso_session',
    ...METADATA_SETTINGS,
];
function disputedLine({ botocore, sdk }, profiles, files) {
    for (const file of tool_agreement_FILES) {
        const readings = { botocore: botocore[file], sdk: sdk[file] };
        const both = (kind) => (name) => [
            settingsOf(readings.botocore, kind, name),
            settingsOf(readings.sdk, kind, name),
        ];
        const sessions = [...sessionsOf(profiles, botocore), ...sessionsOf(profiles, sdk)];
        for (const [one, other] of [...profiles]
            .map(both('profiles'))
            .concat(sessions.map(both('ssoSessions')))) {
            const pair = DECIDING.map(name => [one?.get(name), other?.get(name)]).find(isDisputed);
            if (pair)
                return `${(0,base_text/* quote */.hD)(files[file].path)}, line ${whereReadDifferently(readings, pair)}: the AWS CLI and the AWS SDK for JavaScript read it differently and would use different credentials. Give each section header and each setting (name = value) a line of its own, in lower case, not indented and without a comment after it`;
        }
    }
    return undefined;
}
function isDisputed([one, other]) {
    return (one?.value || undefined) !== (other?.value || undefined);
}
function whereReadDifferently(readings, pair) {
    const lines = pair.flatMap(setting => (setting ? [setting.line] : []));
    const ends = pair.flatMap(setting => (setting ? [setting.nextLine ?? setting.line] : []));
    const last = ends.reduce((one, other) => Math.max(one, other));
    const all = [...readings.botocore.headers.keys(), ...readings.sdk.headers.keys()].filter(line => line <= last);
    const first = lines.reduce((one, other) => Math.min(one, other));
    const before = all.filter(line => line <= first).reduce((one, other) => Math.max(one, other), 0);
    const disputed = all
        .filter(line => line >= before && readings.botocore.headers.get(line) !== readings.sdk.headers.get(line))
        .reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);
    return Math.min(disputed, last);
}
function rivals(name, { botocore, sdk }, files) {
    const [one, other] = [inWords(botocore, files), inWords(sdk, files)];
    if (one !== other) {
        const advice = [botocore, sdk].some(({ kind }) => kind === 'failure')
            ? 'correct the profile so that both find the same credentials, or set AWS_PROFILE to another one'
            : 'keep only one of them';
        return `for the profile ${(0,base_text/* quote */.hD)(name)}, the AWS CLI would use ${one}, and the AWS SDK for JavaScript ${other}: ${advice}`;
    }
    return `for the profile ${(0,base_text/* quote */.hD)(name)}, the AWS CLI and the AWS SDK for JavaScript would both use ${one}, but not with the same ${ADDED[sdk.kind] ?? 'settings beside it'}`;
}
const ADDED = {
    process: 'words: the SDK runs the command in a shell, and the AWS CLI runs it without one. Remove variables, patterns and other shell syntax, or put the command into a script',
    keys: 'session token: put aws_session_token into the same section, and remove aws_security_token',
    'web identity': 'role or session name: clear AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME',
};
function inWords({ kind, facts, by }, files) {
    if (kind === 'elsewhere')
        return 'what a container or an instance has';
    const place = typeof by === 'object' ? tool_agreement_placeOf(by, files) : by;
    if (kind === 'failure')
        return `no credentials, as ${facts[0]}${place ? ` (${place})` : ''}`;
    return place ?? kind;
}
function tool_agreement_placeOf({ name, file, line }, files) {
    return `${name} in line ${line} of ${(0,base_text/* quote */.hD)(files[file].path)}`;
}
function sessionsOf(profiles, readings) {
    const named = [...profiles].flatMap(name => tool_agreement_FILES.map(file => settingsOf(readings[file], 'profiles', name)?.get('sso_session')?.value));
    return new Set(named.filter(name => name !== undefined));
}
function excerptsFor(profiles, readings, files) {
    const sessions = [...sessionsOf(profiles, readings)].map(ssoSessionHeader);
    const headers = new Set([...[...profiles].map(profileHeader), ...sessions]);
    const excerpt = (file) => {
        const { bytes } = files[file];
        return bytes === undefined ? '' : excerptForSdk(bytes, file, headers);
    };
    return { credentials: excerpt('credentials'), config: excerpt('config') };
}

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
;// CONCATENATED MODULE: ../build/sources/nonblocking-reads.js



const { readFileSync } = (external_node_fs_default());
class BlockingFile extends Error {
    constructor(path) {
        super(`${(0,base_text/* quote */.hD)(path)} is a pipe or a device, not a regular file, and reading it may never end`);
    }
}
function readWithoutBlocking(path) {
    return withOpened(path, file => readFileSync(file));
}
function guardReads(texts) {
    return new Promise((_, reject) => {
        const read = (path, options) => {
            if (typeof path !== 'string')
                return original(path, options);
            try {
                return texts.get(path) ?? withOpened(path, file => original(file, options));
            }
            catch (error) {
                if (error instanceof BlockingFile)
                    reject(error);
                throw error;
            }
        };
        Object.assign((external_node_fs_default()), { readFileSync: read });
        Object.assign((external_node_fs_default()).promises, { readFile: async (path, options) => read(path, options) });
    });
}
const original = readFileSync;
function withOpened(path, read) {
    const file = (0,external_node_fs_.openSync)(path, external_node_fs_.constants.O_RDONLY | (external_node_fs_.constants.O_NONBLOCK ?? 0));
    try {
        if (mayBlock((0,external_node_fs_.fstatSync)(file)))
            throw new BlockingFile(path);
        return read(file);
    }
    catch (error) {
        throw isNotReady(error) ? new BlockingFile(path) : error;
    }
    finally {
        (0,external_node_fs_.closeSync)(file);
    }
}
function mayBlock(status) {
    if (status.isCharacterDevice())
        return status.rdev !== (0,external_node_fs_.statSync)(external_node_os_.devNull).rdev;
    return !status.isFile() && !status.isDirectory();
}
function isNotReady(error) {
    return error.code === 'EAGAIN';
}

;// CONCATENATED MODULE: ../build/sources/shared-config.js



function readSharedFiles() {
    const { BOTO_CONFIG } = process.env;
    const [home, homeOfPython] = [homeOfSdk(), (0,external_node_os_.homedir)() || '/'];
    const known = new Map();
    const find = (path) => {
        const file = known.get(path) ?? { path, bytes: shared_config_read(path) };
        known.set(path, file);
        return file;
    };
    const boto = BOTO_CONFIG === undefined ? ['/etc/boto.cfg', (0,external_node_path_.join)(homeOfPython, '.boto')] : [BOTO_CONFIG];
    return {
        sdk: {
            credentials: find(sdkPath('credentials', home)),
            config: find(sdkPath('config', home)),
        },
        botocore: {
            credentials: find(botocorePath('credentials', homeOfPython)),
            config: find(botocorePath('config', homeOfPython)),
            boto: boto.map(find),
        },
    };
}
function homeOfSdk() {
    const { HOME, USERPROFILE, HOMEPATH, HOMEDRIVE = `C:${external_node_path_.sep}` } = process.env;
    return HOME || USERPROFILE || (HOMEPATH ? `${HOMEDRIVE}${HOMEPATH}` : (0,external_node_os_.homedir)());
}
const VARIABLES = {
    credentials: 'AWS_SHARED_CREDENTIALS_FILE',
    config: 'AWS_CONFIG_FILE',
};
function sdkPath(file, home) {
    return expand(process.env[VARIABLES[file]] || `~/.aws/${file}`, home);
}
function botocorePath(file, home) {
    return expand(process.env[VARIABLES[file]] ?? `~/.aws/${file}`, home);
}
function expand(path, home) {
    return path.startsWith('~/') ? (0,external_node_path_.join)(home, path.slice(2)) : path;
}
function shared_config_read(path) {
    try {
        return path === '' ? undefined : readWithoutBlocking(path);
    }
    catch (error) {
        if (ABSENT.includes(error.code ?? ''))
            return undefined;
        throw error;
    }
}
const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'ENXIO'];

;// CONCATENATED MODULE: ../build/sources/existing.js











async function findExisting(context, options) {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await context.limits.deadline.race("the job's existing credentials", find(context, options));
    const session = {
        credentials: { accessKeyId, secretAccessKey, sessionToken, expiration },
        origin: { kind: 'existing' },
        assumedRole: {},
        claims: undefined,
        requestId: undefined,
    };
    maskSession(session);
    return session;
}
async function find(context, { isVerifyOnly }) {
    const { inputs, sts } = context;
    const source = hasKeysInEnvironment() ? undefined : agreeOnSource(context);
    const guard = source ? [guardReads(source.texts)] : [];
    void sts.prepare();
    const clientConfig = { ignoreConfiguredEndpointUrls: true };
    const requestHandler = await sts.handler();
    const parentClientConfig = { region: inputs.region, requestHandler };
    const refusals = [];
    const chain = (0,credential_provider_node/* defaultProvider */.v)({ clientConfig, parentClientConfig, logger: noteIn(refusals) })();
    const found = await Promise.race([chain, ...guard]).catch(error => {
        const failure = unavailable(context, `${wordsOf(error, refusals, source)}${chosenProfile()}`);
        throw requestHandler.isUsed ? withIgnored(failure, ignoredVariables(process.env, undefined)) : failure;
    });
    if (source && !isFrom(found, source.plan))
        throw credentialsDisputed(`${giverOf(source)} gave no credentials, and only some tools would then try other sources`);
    const fault = faultOf(found, isVerifyOnly, source);
    if (fault)
        throw credentialsUnavailable(`${giverOf(source)}: ${fault}`);
    return found;
}
function noteIn(refusals) {
    const debug = (text) => {
        const [, refusal] = /^@smithy\/property-provider \S+ ([\s\S]+)$/.exec(text) ?? [];
        if (refusal)
            refusals.push(refusal);
    };
    return { trace() { }, debug, info() { }, warn: console.warn, error: console.error };
}
function hasKeysInEnvironment() {
    const { AWS_PROFILE: profile, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = process.env;
    return !profile && Boolean(id && secret);
}
function agreeOnSource(context) {
    try {
        const files = readSharedFiles();
        const agreement = agreementOf(files, process.env);
        if ('reason' in agreement) {
            const reason = `${agreement.reason}${chosenProfile()}`;
            throw agreement.isDisputed ? credentialsDisputed(reason) : unavailable(context, reason);
        }
        const { excerpts } = agreement;
        const texts = new Map([
            [files.sdk.config.path, excerpts.config],
            [files.sdk.credentials.path, excerpts.credentials],
        ]);
        return { ...agreement, texts };
    }
    catch (error) {
        throw error instanceof base_failure/* GateError */.ue ? error : unavailable(context, (0,base_failure/* reasonOf */.A3)(error));
    }
}
function wordsOf(error, refusals, source) {
    const { name, $metadata } = error;
    const status = $metadata?.httpStatusCode;
    if (status !== undefined)
        return `AWS answered ${name} (HTTP ${status})`;
    const silent = source && NO_ANSWER[source.giver.kind];
    if (silent !== undefined)
        return `${giverOf(source)} gave no credentials${silent}`;
    const reason = (0,base_failure/* reasonOf */.A3)(error);
    const malformed = MALFORMED.find(({ pattern }) => [reason, ...refusals].some(text => pattern.test(text)));
    return malformed ? `${giverOf(source)}: ${malformed.words}` : reason;
}
const NO_ANSWER = {
    process: ': its command must succeed and print JSON with Version 1, AccessKeyId and SecretAccessKey, and an Expiration in the future if any',
    'credential source': '',
};
const MALFORMED = [
    {
        pattern: /not valid JSON|JSON input|JSON at position/,
        words: 'its response is not JSON',
    },
    {
        pattern: /RFC-3339|must be between|Invalid (?:day|month)/i,
        words: 'its Expiration is blank or not a time such as 2006-01-02T15:04:05Z',
    },
    {
        pattern: /response received from instance metadata|response not of the required format|properties of null/,
        words: 'its response lacks AccessKeyId, SecretAccessKey, Token or Expiration, or one of them is not a string',
    },
];
function chosenProfile() {
    const { AWS_PROFILE: profile } = process.env;
    return profile ? ` (AWS_PROFILE is ${(0,base_text/* quote */.hD)(profile)})` : '';
}
function giverOf(source) {
    if (!source)
        return 'the environment';
    const { giver } = source;
    if (giver.kind !== 'elsewhere')
        return giver.place;
    const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path, AWS_CONTAINER_CREDENTIALS_FULL_URI: url } = process.env;
    return path || url ? "the container's credentials endpoint" : "the instance's metadata";
}
const MARKS = {
    keys: 'CREDENTIALS_PROFILE',
    process: 'CREDENTIALS_PROCESS',
    'web identity': 'CREDENTIALS_STS_ASSUME_ROLE_WEB_ID',
    role: 'CREDENTIALS_PROFILE_SOURCE_PROFILE',
    SSO: 'CREDENTIALS_PROFILE_SSO',
    login: 'CREDENTIALS_LOGIN',
    'credential source': undefined,
    elsewhere: undefined,
    failure: undefined,
};
function isFrom({ $source = {} }, { kind }) {
    const isMarked = (mark) => Object.keys($source).some(name => name.startsWith(mark));
    if (kind === 'elsewhere')
        return !isMarked('CREDENTIALS_PROFILE');
    const mark = MARKS[kind];
    return mark === undefined || isMarked(mark);
}
const FIELDS = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'];
const existing_VARIABLES = [
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_CREDENTIAL_EXPIRATION',
];
function faultOf({ accessKeyId, secretAccessKey, sessionToken, expiration }, isVerifyOnly, source) {
    const names = source ? FIELDS : existing_VARIABLES;
    const keys = [accessKeyId, secretAccessKey, sessionToken ?? accessKeyId];
    const index = keys.findIndex(key => typeof key !== 'string' || !(0,session/* isKey */.m)(key));
    if (index >= 0)
        return `${names[index]} ${faultOfKey(keys[index])}`;
    if (!expiration)
        return undefined;
    if (Number.isNaN(expiration.getTime()))
        return `${names[3]} is not a valid time`;
    if (!isVerifyOnly || expiration.getTime() > Date.now())
        return undefined;
    return `they expired at ${(0,instant/* formatInstant */.r)(expiration)}`;
}
function faultOfKey(key) {
    if (typeof key !== 'string')
        return 'is not a string';
    return key === '' ? 'is blank' : 'contains characters that are invalid in a key';
}
function unavailable({ inputs, run }, reason) {
    return inputs.isOidcUnavailable ? oidcNotPermitted(run.fork, reason) : credentialsUnavailable(reason);
}

// EXTERNAL MODULE: external "node:http"
var external_node_http_ = __webpack_require__(7067);
// EXTERNAL MODULE: ../build/core/network/certificate-error.js
var certificate_error = __webpack_require__(6568);
;// CONCATENATED MODULE: ../build/core/base/environment.js
const environment_PROXY_VARIABLES = {
    'https:': ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'],
    'http:': ['http_proxy', 'HTTP_PROXY'],
};

;// CONCATENATED MODULE: ../build/core/network/proxy.js





const NO_PROXY_VARIABLES = ['no_proxy', 'NO_PROXY'];
function proxyFor(url, { httpProxy, noProxy, environment }) {
    const exempt = noProxy ?? parseKnownNoProxy(firstOf(NO_PROXY_VARIABLES, environment)?.value ?? '');
    if (bypassesProxy(url, exempt))
        return undefined;
    return httpProxy ?? proxyOfEnvironment(url, environment);
}
function proxyOfEnvironment({ protocol }, environment) {
    const names = environment_PROXY_VARIABLES[protocol === 'https:' ? 'https:' : 'http:'];
    const variable = firstOf(names, environment);
    try {
        return variable && (0,proxy_address/* parseProxy */.YR)(variable.value);
    }
    catch (error) {
        if (!(error instanceof invalid_value/* InvalidValue */.h))
            throw error;
        throw new base_failure/* GateError */.ue('ERR_INPUT_INVALID', `the environment: ${variable?.name} ${error.message}`, 'Correct the variable, or set the inputs http-proxy or no-proxy, which take precedence. Nothing was sent to GitHub or AWS.', { likelyCause: 'proxies' });
    }
}
function firstOf(names, environment) {
    return names
        .map(name => ({ name, value: environment[name]?.trim() ?? '' }))
        .find(({ value }) => value !== '');
}

// EXTERNAL MODULE: ../node_modules/jose/dist/webapi/util/decode_jwt.js + 4 modules
var decode_jwt = __webpack_require__(9107);
;// CONCATENATED MODULE: ../build/core/token/id-token.js

function parseIdToken(jwt) {
    const read = readIdToken(jwt);
    return typeof read === 'string' ? undefined : read;
}
function readIdToken(jwt) {
    if (jwt.length > MAX_TOKEN_LENGTH)
        return `it has ${jwt.length} characters, and STS takes ${MAX_TOKEN_LENGTH} at most`;
    const payload = decodePayload(jwt);
    if (!payload)
        return 'it is not a JSON Web Token (three base64url parts, the second a JSON object)';
    const missing = NEEDED.filter(name => payload[name] === undefined);
    if (missing.length > 0)
        return `its token lacks the claim${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`;
    const { iss, sub, aud, iat, exp } = payload;
    const audiences = typeof aud === 'string' ? [aud] : aud;
    if (typeof iss !== 'string')
        return "its token's iss claim is not a string";
    if (typeof sub !== 'string')
        return "its token's sub claim is not a string";
    if (!isListOfStrings(audiences))
        return "its token's aud claim is neither a string nor a list of strings";
    if (!isTime(iat))
        return "its token's iat claim is not a number";
    if (!isTime(exp))
        return "its token's exp claim is not a number";
    if (exp <= iat)
        return "its token's exp claim is not after iat";
    return {
        jwt,
        signature: jwt.slice(jwt.lastIndexOf('.') + 1),
        claims: { issuer: iss, subject: sub, audiences, all: payload },
        lifetimeSeconds: exp - iat,
    };
}
const NEEDED = ['iss', 'sub', 'aud', 'iat', 'exp'];
const MAX_TOKEN_LENGTH = 20_000;
const COMPACT_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;
function decodePayload(jwt) {
    if (!COMPACT_FORM.test(jwt))
        return undefined;
    try {
        return (0,decode_jwt/* decodeJwt */.i)(jwt);
    }
    catch {
        return undefined;
    }
}
function isTime(value) {
    return Number.isFinite(value);
}
function isListOfStrings(value) {
    return Array.isArray(value) && value.length > 0 && value.every(element => typeof element === 'string');
}

;// CONCATENATED MODULE: ../build/core/token/id-token-response.js




function tokenInResponse(response, now) {
    const { status, headers } = response;
    const failed = (kind, message) => {
        const retryAfterSeconds = (0,retry_policy/* parseRetryAfter */.mu)(id_token_response_headerOf(headers, 'retry-after') || undefined, now);
        return new remote_failure/* RemoteFailure */.p('GetIdToken', { kind, code: '', status, message, retryAfterSeconds });
    };
    if (status >= 400)
        throw failed('error-response', describe(response));
    if (status < 200 || status >= 300)
        throw failed('malformed-response', describeRedirect(response));
    const value = valueIn(response.body);
    if (value === undefined)
        throw failed('malformed-response', `${describe(response)} instead of a token`);
    const idToken = parseIdToken(value);
    if (idToken)
        return idToken;
    throw failed('malformed-response', 'JSON whose value is not a JSON Web Token with iss, sub, aud, iat and exp');
}
function valueIn(body) {
    const value = objectIn(body ?? '')?.value;
    return typeof value === 'string' && value !== '' ? value : undefined;
}
function describe({ headers, body }) {
    if (body === undefined)
        return 'an answer that is too long';
    if (body.trim() === '')
        return 'an empty answer';
    const encoding = id_token_response_headerOf(headers, 'content-encoding');
    if (encoding !== '' && encoding !== 'identity')
        return `an answer compressed with ${encoding}`;
    const object = objectIn(body);
    if (object)
        return describeJson(object);
    const [type = ''] = id_token_response_headerOf(headers, 'content-type').split(';');
    if (/\bjson\b/i.test(type))
        return 'JSON that is cut off or malformed';
    if (/\bhtml\b/i.test(type))
        return 'an HTML page';
    return `an answer of type ${type.trim() || 'unknown'}`;
}
function describeJson({ message }) {
    return typeof message === 'string' && message !== '' ? `a JSON error, ${(0,base_text/* quote */.hD)(message)}` : 'JSON';
}
function describeRedirect(response) {
    const location = id_token_response_headerOf(response.headers, 'location');
    if (location === '')
        return describe(response);
    const host = URL.canParse(location) ? new URL(location).host : '';
    return `a redirect${host && ` to ${host}`}, which is not followed`;
}
function objectIn(body) {
    try {
        const value = JSON.parse(body);
        return typeof value === 'object' && value !== null ? value : undefined;
    }
    catch {
        return undefined;
    }
}
function id_token_response_headerOf(headers, name) {
    const value = headers[name];
    return typeof value === 'string' ? value : (value?.[0] ?? '');
}

// EXTERNAL MODULE: external "node:https"
var external_node_https_ = __webpack_require__(4708);
// EXTERNAL MODULE: ../build/network/bounded-body.js
var bounded_body = __webpack_require__(2030);
;// CONCATENATED MODULE: ../build/network/http-get.js



const CONNECT_MS = 5_000;
const ANSWER_MS = 10_000;
function httpGet(url, headers, agent) {
    return new Promise((resolve, reject) => {
        const send = url.protocol === 'https:' ? external_node_https_.request : external_node_http_.request;
        const request = send(url, { headers, agent }, response => http_get_read(response).then(resolve, reject));
        const giveUp = (missing, ms) => {
            const error = Object.assign(new Error(`no ${missing} in ${ms / 1000} s`), { code: 'ETIMEDOUT' });
            reject(error);
            request.destroy(error);
        };
        let timer = setTimeout(giveUp, CONNECT_MS, 'connection', CONNECT_MS);
        request.on('finish', () => {
            clearTimeout(timer);
            timer = setTimeout(giveUp, ANSWER_MS, 'whole answer', ANSWER_MS);
        });
        request.on('error', reject);
        request.on('close', () => clearTimeout(timer));
        request.end();
    });
}
async function http_get_read(response) {
    const { statusCode: status = 0, headers } = response;
    try {
        return { status, headers, body: (await (0,bounded_body/* readBody */.x)(response)).toString() };
    }
    catch (error) {
        if (error instanceof bounded_body/* BodyTooLong */.J)
            return { status, headers, body: undefined };
        throw error;
    }
}

// EXTERNAL MODULE: ../build/network/proxy-tunnel.js
var proxy_tunnel = __webpack_require__(851);
// EXTERNAL MODULE: external "node:tls"
var external_node_tls_ = __webpack_require__(1692);
;// CONCATENATED MODULE: ../build/network/strict-tls.js

class StrictTls {
    #roots;
    #secureContext;
    constructor(furtherRoots) {
        this.#roots = [...external_node_tls_.rootCertificates, ...furtherRoots];
    }
    get options() {
        this.#secureContext ??= contextOf(this.#roots);
        return { secureContext: this.#secureContext, rejectUnauthorized: true };
    }
}
function contextOf(roots) {
    const isNodes = isSameList((0,external_node_tls_.getCACertificates)('default'), roots);
    return (0,external_node_tls_.createSecureContext)(isNodes ? {} : { ca: [...roots] });
}
function isSameList(one, other) {
    return one.length === other.length && one.every((element, index) => element === other[index]);
}

// EXTERNAL MODULE: ../build/github/http-client.js
var http_client = __webpack_require__(2169);
// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __webpack_require__(7030);
;// CONCATENATED MODULE: ../build/network/preconnected-agent.js


class PreconnectedAgent extends external_node_https_.Agent {
    #ahead;
    openAhead({ hostname, port }) {
        const host = hostname.replace(/^\[(.*)\]$/, '$1');
        const place = { host, port: Number(port || 443) };
        const servername = (0,external_node_net_.isIP)(host) === 0 ? host : '';
        const socket = super.createConnection({ ...this.options, ...place, servername });
        if (!socket)
            return Promise.resolve();
        this.#ahead = { ...place, socket };
        socket.on('error', () => { });
        return new Promise(resolve => {
            for (const event of ['connect', 'close'])
                socket.once(event, () => resolve());
        });
    }
    createConnection(options, onCreated) {
        const ahead = this.#ahead;
        if (ahead && ahead.host === options.host && ahead.port === Number(options.port)) {
            this.#ahead = undefined;
            if (ahead.socket.writable)
                return ahead.socket;
        }
        return super.createConnection(options, onCreated);
    }
}

;// CONCATENATED MODULE: ../build/github/preconnect.js



const agent = new PreconnectedAgent();
function preconnectToGithub(environment) {
    const text = environment.ACTIONS_ID_TOKEN_REQUEST_URL ?? '';
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== 'https:' || !wantsToken(environment) || namesProxy(environment))
        return;
    try {
        void agent.openAhead(url);
    }
    catch {
    }
}
function githubAgent() {
    return agent;
}
function wantsToken(environment) {
    const isGiven = (name) => !NOT_GIVEN.includes(environment[`INPUT_${name.toUpperCase()}`] ?? '');
    const { kind } = chooseSource({
        hasAccessKeys: isGiven('aws-access-key-id'),
        hasTokenFile: isGiven('web-identity-token-file'),
        roleChaining: isGiven('role-chaining'),
        forceSkipOidc: isGiven('force-skip-oidc'),
        hasRole: isGiven('role-to-assume') || isGiven('aws-profiles'),
        offersIdToken: true,
    });
    return kind === 'oidc' && !isGiven('use-existing-credentials');
}
const NOT_GIVEN = (/* unused pure expression or super */ null && (['', 'none', 'false']));
function namesProxy(environment) {
    return ['INPUT_HTTP-PROXY', ...PROXY_VARIABLES['https:']].some(name => environment[name]);
}

;// CONCATENATED MODULE: ../build/github/id-token-service.js















class IdTokenService {
    #proxy;
    #agent;
    constructor(settings) {
        const url = requestUrl();
        this.#proxy = proxyOf(url, settings);
        this.#agent = agentFor(url, this.#proxy, settings);
    }
    async requestIdToken(audience) {
        const { idToken } = await (0,http_client/* sentBy */.m)(async (url, headers) => {
            const response = await httpGet(url, headers, this.#agent).catch(error => {
                throw toRemoteFailure(error, this.#proxy);
            });
            const idToken = tokenInResponse(response, Date.now());
            return { value: idToken.jwt, idToken };
        }, () => (0,lib_core/* getIDToken */.V9)(audience));
        return idToken;
    }
}
function requestUrl() {
    const text = process.env.ACTIONS_ID_TOKEN_REQUEST_URL ?? '';
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:';
    if (isHttp && keepsOrigin(text, url))
        return url;
    const message = isHttp
        ? 'ACTIONS_ID_TOKEN_REQUEST_URL has neither a path nor a query, so the audience would become part of its host'
        : 'ACTIONS_ID_TOKEN_REQUEST_URL is not an http or https URL';
    throw new base_failure/* GateError */.ue('ERR_OIDC_REQUEST_FAILED', `no token was requested: ${message}`, 'The runner sets it: check how this runner, or what stands in for one, was set up.', { cause: failed({ kind: 'no-response', code: '', status: undefined, message }) });
}
function keepsOrigin(text, { origin }) {
    const asked = `${text}&audience=x`;
    return URL.canParse(asked) && new URL(asked).origin === origin;
}
function proxyOf(url, { httpProxy, noProxy }) {
    return isLoopback(url) ? undefined : proxyFor(url, { httpProxy, noProxy, environment: process.env });
}
function agentFor({ protocol }, proxy, { caBundle }) {
    const isHttps = protocol === 'https:';
    if (!proxy)
        return isHttps ? githubAgent() : new external_node_http_.Agent();
    const tunnel = new proxy_tunnel/* ProxyTunnel */.F8(proxy, new StrictTls(readRoots(caBundle)));
    return isHttps ? new proxy_tunnel/* HttpsTunnelAgent */.j5(tunnel) : new proxy_tunnel/* HttpTunnelAgent */.KW(tunnel);
}
function toRemoteFailure(error, proxy) {
    if (!(error instanceof Error))
        return error;
    const { message, code } = error;
    const name = proxy && (0,proxy_address/* formatProxy */.yt)(proxy);
    if (error instanceof proxy_tunnel/* ProxyError */.T6 && error.status !== undefined) {
        const { status } = error;
        const refusal = `the proxy ${name} answered ${status} and opened no tunnel to GitHub's token service`;
        return failed({ kind: 'proxy-refusal', code: '', status, message: refusal }, error);
    }
    if (code === undefined)
        return error;
    const kind = (0,certificate_error/* isCertificateError */.Y)(code) ? 'untrusted' : 'no-response';
    const through = name ? ` (through the proxy ${name})` : '';
    return failed({ kind, code, status: undefined, message: `${message}${through}` }, error);
}
function failed(failure, cause) {
    return new remote_failure/* RemoteFailure */.p('GetIdToken', failure, { cause });
}

;// CONCATENATED MODULE: ../build/network/retry.js





async function withRetry({ what, attempt, explain, renewToken, fallBack, beforeRetry, onTimeout }, limits) {
    const { accessDeniedSeconds, deadline } = limits;
    const start = performance.now();
    const inTime = (work) => deadline.race(what(), work).catch(error => {
        throw error instanceof base_failure/* GateError */.ue && onTimeout ? onTimeout(error) : error;
    });
    let malformed = 0;
    let attemptsHere = 0;
    for (let attempts = 1;; attempts++) {
        if (attempts > 1)
            await beforeRetry?.();
        try {
            return await inTime(attempt());
        }
        catch (error) {
            if (!(error instanceof remote_failure/* RemoteFailure */.p))
                throw error;
            const decision = (0,retry_policy/* decide */.LD)(error, accessDeniedSeconds > 0);
            const seconds = (performance.now() - start) / 1000;
            if (error.kind === 'malformed-response')
                malformed++;
            const isCapped = error.kind === 'malformed-response' && malformed >= retry_policy/* MAX_MALFORMED */.rc;
            if (isCapped || isOver(decision, attempts, seconds, limits))
                throw explain(error, attempts);
            const failed = `${what()}: ${error.summary}`;
            attemptsHere = (await fallBack?.(error, attemptsHere + 1)) ? 0 : attemptsHere + 1;
            const wait = waitBefore(attemptsHere, error, maxWait(decision, seconds, limits));
            if (decision === 'retry-with-new-token')
                renewToken?.();
            const limit = formatLimit(decision, limits);
            info(`${failed}. Retrying in ${(wait / 1000).toFixed(1)} s (attempt ${attempts + 1} ${limit})`);
            await inTime((0,promises_.setTimeout)(wait));
        }
    }
}
function waitBefore(attemptsHere, { retryAfterSeconds }, longest) {
    return attemptsHere === 0 ? 0 : Math.min((0,retry_policy/* waitAfter */.Wv)(attemptsHere, Math.random(), retryAfterSeconds), longest);
}
function formatLimit(decision, { accessDeniedSeconds, maxAttempts }) {
    return decision === 'retry-while-denied' ? `within ${accessDeniedSeconds} s` : `of ${maxAttempts}`;
}
function maxWait(decision, seconds, { accessDeniedSeconds }) {
    if (decision === 'awaiting-propagation')
        return retry_policy/* PROPAGATION_WAIT_MS */.Uz;
    return decision === 'retry-while-denied' ? Math.ceil(1000 * (accessDeniedSeconds - seconds)) : Infinity;
}
function isOver(decision, attempts, seconds, { maxAttempts, accessDeniedSeconds }) {
    switch (decision) {
        case 'final':
            return true;
        case 'retry-while-denied':
            return seconds >= accessDeniedSeconds;
        case 'awaiting-propagation':
            return attempts >= maxAttempts || seconds > retry_policy/* PROPAGATION_SECONDS */.LC;
        case 'retry':
        case 'retry-with-new-token':
        case 'retry-with-corrected-clock':
            return attempts >= maxAttempts;
    }
}

;// CONCATENATED MODULE: ../build/sources/github-oidc.js





function githubTokens({ inputs, limits }) {
    const service = new IdTokenService(inputs);
    return () => requestWithRetry(service, inputs, limits);
}
function requestWithRetry(service, inputs, limits) {
    return withRetry({
        what: () => "GitHub's OIDC endpoint",
        attempt: () => service.requestIdToken(inputs.audience),
        explain: (failure, attempts) => withIgnoredByProxy(idTokenFailure(failure, attempts), failure, inputs.stsEndpoint),
    }, limits);
}
function withIgnoredByProxy(error, { kind, cause }, endpoint) {
    const isOfProxy = kind === 'untrusted' && cause instanceof proxy_tunnel/* ProxyError */.T6;
    return isOfProxy ? withIgnored(error, ignoredVariables(process.env, endpoint)) : error;
}

;// CONCATENATED MODULE: ../build/sources/token-file.js




function fileTokens(path) {
    return async (refused) => {
        const idToken = token_file_read(path);
        if (idToken.jwt === refused?.jwt)
            throw tokenFileUnusable(path, 'its token has expired, and no newer one is there');
        return idToken;
    };
}
function token_file_read(path) {
    const idToken = readIdToken(textOf(path).trim());
    if (typeof idToken === 'string')
        throw tokenFileUnusable(path, idToken);
    return agedSinceItsIssue(idToken);
}
function textOf(path) {
    try {
        return readTokenFile(path);
    }
    catch (error) {
        throw tokenFileUnusable(path, (0,base_failure/* reasonOf */.A3)(error));
    }
}
function agedSinceItsIssue(idToken) {
    const left = Number(idToken.claims.all.exp) - Date.now() / 1000;
    return { ...idToken, lifetimeSeconds: Math.max(1, Math.min(idToken.lifetimeSeconds, left)) };
}

;// CONCATENATED MODULE: ../build/sources/source.js





function openSource(context) {
    const { inputs, run, onNewToken } = context;
    const { kind } = inputs.source;
    switch (kind) {
        case 'oidc':
            return { kind: 'tokens', tokens: new TokenCache(githubTokens(context), onNewToken) };
        case 'token-file':
            return { kind: 'tokens', tokens: new TokenCache(fileTokens(inputs.tokenFile ?? ''), onNewToken) };
        case 'access-keys':
        case 'existing':
            if (needsToken(context))
                throw oidcNotPermitted(run.fork);
            return { kind: 'session', session: kind === 'existing' ? openExisting(context) : givenKeys(inputs) };
    }
}
function needsToken({ inputs: { requiredClaims, targets } }) {
    return requiredClaims.length > 0 || targets.some(({ profile }) => profile?.refreshes);
}
function openExisting(context) {
    const [{ roles }] = context.inputs.targets;
    return findExisting(context, { isVerifyOnly: roles.length === 0 });
}
async function givenKeys({ accessKeys }) {
    if (!accessKeys)
        throw new Error('the access keys were chosen, and there are none');
    return {
        credentials: { ...accessKeys, expiration: undefined },
        origin: { kind: 'given' },
        assumedRole: {},
        claims: undefined,
        requestId: undefined,
    };
}

;// CONCATENATED MODULE: ../build/core/sts/role-request.js

const INTERMEDIATE_SECONDS = 900;
function requestByToken(role, isLast, settings) {
    if (role?.kind !== 'role')
        throw new Error('a token is exchanged for a role of which the ARN is known');
    return isLast ? lastRole(role, settings, []) : intermediateRole(role, settings);
}
function requestBySession(role, isLast, settings, run) {
    if (!isLast)
        return intermediateRole(role, settings);
    const { tagging } = settings;
    return lastRole(role, settings, tagging ? sessionTags(run, tagging.customTags) : []);
}
function intermediateRole(role, { sessionName, sourceIdentity }) {
    return {
        role,
        sessionName,
        durationSeconds: INTERMEDIATE_SECONDS,
        inlinePolicy: undefined,
        managedPolicies: [],
        externalId: undefined,
        sourceIdentity,
        tags: [],
        transitiveTagKeys: [],
        plainKeyAttempts: undefined,
    };
}
function lastRole(role, settings, tags) {
    const { tagging } = settings;
    return {
        role,
        sessionName: settings.sessionName,
        durationSeconds: settings.durationSeconds,
        inlinePolicy: settings.inlinePolicy,
        managedPolicies: settings.managedPolicies,
        externalId: settings.externalId,
        sourceIdentity: settings.sourceIdentity,
        tags,
        transitiveTagKeys: transitiveTagKeys(tagging?.transitiveTagKeys ?? [], tags).keys,
        plainKeyAttempts: settings.plainKeyAttempts,
    };
}
function withTags(request, tags) {
    return { ...request, tags, transitiveTagKeys: transitiveTagKeys(request.transitiveTagKeys, tags).keys };
}

;// CONCATENATED MODULE: ../build/flow/assume-and-verify.js



async function assumeAndVerify(target, source, step) {
    const { roles } = target;
    const { inputs, sts } = step;
    const remaining = [...roles];
    let session;
    if (source.kind === 'tokens') {
        const request = requestByToken(remaining.shift(), remaining.length === 0, inputs);
        session = await sts.assumeRoleWithWebIdentity(request, source.tokens);
    }
    else {
        session = await source.session;
    }
    for (const wanted of remaining) {
        const role = await verifyAndLocate(wanted, session, step);
        const request = requestBySession(role, wanted === roles.at(-1), inputs, process.env);
        session = await sts.assumeRole(request, session);
    }
    return verifySession(target, session, step);
}
async function verifySession(target, session, step) {
    return (0,verdict/* assertMatch */._4)((0,verdict/* verifyIdentity */.Ec)(target, session, await identify(session, step)));
}
async function identify(session, { inputs, sts }) {
    const caller = await sts.getCallerIdentity(session);
    if (inputs.masksAccountIds)
        maskAccountIds([caller.accountId]);
    return caller;
}
async function verifyAndLocate(role, session, step) {
    const isAssumed = session.origin.kind === 'assumed';
    if (role.kind === 'role' && !isAssumed)
        return role;
    const caller = await identify(session, step);
    const { partition, accountId } = (0,verdict/* verifyIntermediate */.Xt)(session, caller);
    if (isAssumed)
        info(`Verified intermediate role: ${caller.arn}`);
    return role.kind === 'role'
        ? role
        : { kind: 'role', partition, accountId, path: '/', roleName: role.roleName };
}

;// CONCATENATED MODULE: ../build/core/identity/target.js
const MAX_AT_ONCE = 10;

;// CONCATENATED MODULE: ../build/network/agents.js



class Agents {
    #tls;
    #kept;
    #direct;
    constructor(tls, connections = 1) {
        this.#tls = tls;
        this.#kept = { keepAlive: true, maxSockets: connections };
    }
    by(proxy) {
        if (!proxy)
            return this.#directly();
        const tunnel = new proxy_tunnel/* ProxyTunnel */.F8(proxy, this.#tls);
        return {
            httpAgent: new proxy_tunnel/* HttpTunnelAgent */.KW(tunnel, this.#kept),
            httpsAgent: new proxy_tunnel/* HttpsTunnelAgent */.j5(tunnel, { ...this.#kept, ...this.#tls.options }),
        };
    }
    async openAhead(url) {
        if (url.protocol === 'https:')
            await this.#directly().httpsAgent.openAhead(url);
    }
    #directly() {
        this.#direct ??= {
            httpAgent: new external_node_http_.Agent(this.#kept),
            httpsAgent: new PreconnectedAgent({ ...this.#kept, ...this.#tls.options }),
        };
        return this.#direct;
    }
}

;// CONCATENATED MODULE: ../build/sts/endpoints.js



function stsEndpoints(settings, proxies, awsEndpoint) {
    const { region, stsEndpoint, fallbackRegions } = settings;
    const endpoint = (name) => {
        const url = stsEndpoint ?? endpointOf(name, settings, awsEndpoint);
        return { region: name, url, proxy: proxyFor(url, proxies) };
    };
    return [endpoint(region), ...fallbackRegions.map(endpoint)];
}
function likelyUrl({ region, stsEndpoint, usesFips, usesDualstack }) {
    if (stsEndpoint)
        return stsEndpoint;
    if (usesFips || usesDualstack)
        return undefined;
    return new URL(`https://sts.${region}.${(0,dist_es/* partition */.jB)(region).dnsSuffix}`);
}
function endpointOf(region, { usesFips, usesDualstack }, awsEndpoint) {
    try {
        return awsEndpoint(region, usesFips, usesDualstack);
    }
    catch (cause) {
        const reason = (0,base_failure/* reasonOf */.A3)(cause);
        throw new base_failure/* GateError */.ue('ERR_INPUT_INVALID', `${region} has no endpoint of the kind that use-fips-endpoint and use-dualstack-endpoint ask for: ${reason}`, 'Take the one that the region does not have out, or correct aws-region and sts-fallback-regions.', { cause });
    }
}

;// CONCATENATED MODULE: ../build/sts/regions.js







const MAX_HEAD_START_MS = 100;
class Regions {
    #settings;
    #proxies;
    #agents;
    #deadline;
    #urlAhead;
    #clients;
    #remaining;
    constructor(settings, connections, deadline) {
        const { httpProxy, noProxy, caBundle, region, fallbackRegions } = settings;
        this.#settings = settings;
        this.#remaining = [region, ...fallbackRegions];
        this.#proxies = { httpProxy, noProxy, environment: process.env };
        this.#agents = new Agents(new StrictTls(readRoots(caBundle)), connections);
        this.#deadline = deadline;
        const url = likelyUrl(settings);
        this.#urlAhead = url && !proxyFor(url, this.#proxies) ? url : undefined;
    }
    get current() {
        return this.#remaining[0];
    }
    async prepare() {
        await (0,promises_.setImmediate)();
        await this.client().catch(() => { });
    }
    async client() {
        this.#clients ??= this.#load();
        const clients = await this.#clients;
        const client = clients.find(({ region }) => region === this.current);
        if (!client)
            throw new Error(`no client was made for ${this.current}`);
        return client;
    }
    moveOn(failed) {
        if (failed.region !== this.current)
            return true;
        const [, next, ...later] = this.#remaining;
        if (next === undefined)
            return false;
        warning(`The STS of ${failed.region} could not be asked, so that of ${next} is`);
        this.#remaining = [next, ...later];
        return true;
    }
    async #load() {
        if (this.#urlAhead) {
            const enough = (0,promises_.setTimeout)(MAX_HEAD_START_MS, undefined, { ref: false });
            await Promise.race([this.#agents.openAhead(this.#urlAhead), enough]);
        }
        const { awsEndpoint, StsClient } = await Promise.all(/* import() */[__webpack_require__.e(880), __webpack_require__.e(577), __webpack_require__.e(891)]).then(__webpack_require__.bind(__webpack_require__, 8891));
        const clock = { aheadMs: 0 };
        return stsEndpoints(this.#settings, this.#proxies, awsEndpoint).map(endpoint => new StsClient(endpoint, this.#agents.by(endpoint.proxy), this.#deadline, clock));
    }
}

;// CONCATENATED MODULE: ../build/sts/sts.js











class Sts {
    #regions;
    #ignored;
    #limits;
    #attemptsPerRegion;
    #onResponse;
    constructor(settings, limits, onResponse) {
        this.#onResponse = onResponse;
        const connections = Math.min(settings.targets.length, MAX_AT_ONCE);
        this.#regions = new Regions(settings, connections, limits.deadline.signal);
        this.#ignored = ignoredVariables(process.env, settings.stsEndpoint);
        this.#limits = limits;
        this.#attemptsPerRegion = Math.max(1, Math.floor(limits.maxAttempts / (1 + settings.fallbackRegions.length)));
    }
    async handler() {
        return (await this.#regions.client()).handler;
    }
    prepare() {
        return this.#regions.prepare();
    }
    async assumeRoleWithWebIdentity(request, tokens) {
        const token = tokens.current();
        void this.prepare();
        await token;
        return this.#assume(request, () => this.#assumeByToken(request, tokens));
    }
    assumeRole(request, by) {
        return this.#assume(request, () => this.#assumeBySession(request, by));
    }
    getCallerIdentity(session) {
        return this.#ask({
            operation: 'GetCallerIdentity',
            attempt: client => client.getCallerIdentity(session),
            role: session.origin.kind === 'assumed' ? session.origin.role : undefined,
        });
    }
    async #assume({ role, sessionName, plainKeyAttempts }, ask) {
        const { endpoint } = await this.#regions.client();
        info(`Assuming ${(0,arn/* formatArn */.bH)(role)} as ${sessionName} at ${endpoint}`);
        for (let attempt = 1;; attempt++) {
            const session = await ask();
            maskSession(session);
            if (plainKeyAttempts === undefined || hasPlainKeys(session))
                return session;
            if (attempt >= plainKeyAttempts)
                throw noPlainKey(attempt);
            info(`The keys have special characters: session ${attempt + 1} of at most ${plainKeyAttempts} is asked for`);
        }
    }
    async #assumeByToken(request, tokens) {
        let idToken = await tokens.current();
        return this.#ask({
            operation: 'AssumeRoleWithWebIdentity',
            beforeRetry: async () => {
                idToken = await tokens.current();
            },
            attempt: client => client.assumeRoleWithWebIdentity(request, idToken),
            role: request.role,
            request,
            claims: () => idToken.claims,
            renewToken: () => tokens.discard(idToken),
        });
    }
    async #assumeBySession(request, by) {
        try {
            return await this.#assumeOnce(request, by);
        }
        catch (error) {
            const tags = essentialTags(request.tags);
            if (!isTooLong(error) || tags.length === request.tags.length)
                throw error;
            info('Session tags and policies together are too long: retrying once without the less important tags');
            return this.#assumeOnce(withTags(request, tags), by);
        }
    }
    #assumeOnce(request, by) {
        return this.#ask({
            operation: 'AssumeRole',
            attempt: client => client.assumeRole(request, by),
            role: request.role,
            request,
        });
    }
    async #ask(call) {
        const { operation, beforeRetry, role, request, claims, renewToken } = call;
        const whose = role ? ` for ${(0,arn/* formatArn */.bH)(role)}` : '';
        const ignoredVariables = this.#ignored;
        let client = await this.#regions.client();
        const endpoints = [client.endpoint];
        return withRetry({
            what: () => `${operation}${whose} at ${client.endpoint}`,
            beforeRetry,
            attempt: () => this.#report(operation, client, call.attempt(client)),
            explain: (failure, attempts) => stsFailure(failure, attempts, {
                endpoints,
                request,
                claims: claims?.(),
                ignoredVariables,
            }),
            fallBack: async (failure, attemptsHere) => {
                if (!isUnreachable(failure) ||
                    attemptsHere < this.#attemptsPerRegion ||
                    !this.#regions.moveOn(client))
                    return false;
                client = await this.#regions.client();
                endpoints.push(client.endpoint);
                return true;
            },
            renewToken,
            onTimeout: error => withIgnored(error, ignoredVariables),
        }, this.#limits);
    }
    async #report(operation, { region, host }, response) {
        const report = ({ requestId }) => {
            if (requestId !== undefined)
                this.#onResponse({ operation, requestId, region, host });
        };
        try {
            const result = await response;
            report(result);
            return result;
        }
        catch (error) {
            if (error instanceof remote_failure/* RemoteFailure */.p)
                report(error);
            throw error;
        }
    }
}
function isUnreachable({ kind, status = 0 }) {
    return kind === 'no-response' || status >= 500;
}
function isTooLong(error) {
    if (!(error instanceof base_failure/* GateError */.ue) || !(error.cause instanceof remote_failure/* RemoteFailure */.p))
        return false;
    return /^PackedPolicyTooLarge/.test(error.cause.code);
}
function hasPlainKeys({ credentials }) {
    return [credentials.accessKeyId, credentials.secretAccessKey].every(key => /^[A-Za-z0-9]+$/.test(key));
}

;// CONCATENATED MODULE: ../build/flow/step.js

function openStep(inputs, run, { onNewToken, onStsCall }, deadline) {
    const { maxAttempts, accessDeniedSeconds } = inputs;
    const limits = { maxAttempts, accessDeniedSeconds, deadline };
    return { inputs, run, onNewToken, limits, sts: new Sts(inputs, limits, onStsCall) };
}

;// CONCATENATED MODULE: ../build/flow/renewal.js














const MARGIN_SECONDS = 15;
const MAX_SECONDS = 900;
const FALLBACK_SECONDS = 20;
async function renewTogether(files) {
    const began = Date.now();
    maskInheritedSecrets();
    try {
        const inputs = parseStoredInputs(files);
        if (inputs.source.kind !== 'oidc')
            throw renewalNotPermitted();
        const seconds = (inputs.timeoutSeconds || MAX_SECONDS) + MARGIN_SECONDS;
        return await files.locked(lock => renewOnce(files, inputs, began, lock), seconds * 1000);
    }
    catch (cause) {
        const failure = cause instanceof base_failure/* GateError */.ue ? cause : filesUnusable(cause);
        const fallback = fallbackOf(files.readOutcome());
        if (fallback && isInconclusive(failure))
            return fallback;
        throw failure;
    }
}
function failureLine(cause) {
    const text = (0,base_text/* truncateLines */.SV)(redact(formatFailure((0,base_failure/* toGateError */.Vl)(cause))));
    return (0,base_text/* escapeLogLine */._P)(text.replaceAll(/\s*\n\s*/g, ' | '));
}
function parseStoredInputs(files) {
    const { raw, run } = readSettings(files);
    Object.assign(process.env, run);
    const inputs = parseInputs(raw, readRenewalSurroundings());
    if (inputs.masksAccountIds)
        maskAccountIds(accountIdsOf(inputs));
    return inputs;
}
function readSettings(files) {
    try {
        return parseRenewalSettings(files.readSettings());
    }
    catch (cause) {
        throw settingsUnreadable(files.settingsPath, cause);
    }
}
async function renewOnce(files, inputs, began, lock) {
    const now = Date.now();
    const outcome = files.readOutcome();
    const kept = (0,renewal_outcome/* usable */.Je)(outcome, now);
    if (kept)
        return kept;
    if (outcome?.kind === 'failed' && renewal_isWithin(outcome.at, began, now))
        throw outcome.failure;
    const fallback = fallbackOf(outcome);
    try {
        const match = await renew(inputs, fallback ? FALLBACK_SECONDS : Number.POSITIVE_INFINITY);
        const renewed = renewal_outcome/* KeptCredentials */.HX.of(match, new Date());
        await keep(files, { kind: 'kept', kept: renewed }, lock);
        return renewed;
    }
    catch (cause) {
        const failure = (0,base_failure/* toGateError */.Vl)(cause);
        const outcome = fallback && isInconclusive(failure)
            ? { kind: 'kept', kept: fallback.triedAgain(new Date()) }
            : { kind: 'failed', failure: withoutSecrets(failure), at: new Date() };
        await keep(files, outcome, lock);
        throw failure;
    }
}
function renewal_isWithin(time, from, to) {
    return from <= time.getTime() && time.getTime() <= to;
}
function fallbackOf(outcome) {
    return outcome?.kind === 'kept' && (0,renewal_outcome/* isAlive */._n)(outcome.kept, Date.now()) ? outcome.kept : undefined;
}
async function keep(files, outcome, lock) {
    try {
        await files.save(outcome, lock);
    }
    catch {
        if (outcome.kind === 'failed')
            await files.forget(lock);
    }
}
function withoutSecrets({ code, message, hint }) {
    return new base_failure/* GateError */.ue(code, redact(message), redact(hint));
}
async function renew(inputs, mostSeconds) {
    const seconds = Math.min(inputs.timeoutSeconds || MAX_SECONDS, mostSeconds);
    const deadline = new Deadline(seconds, performance.now());
    const onNewToken = (claims) => assertClaims(inputs.requiredClaims, claims);
    const step = openStep(inputs, readRunContext(), { onNewToken, onStsCall() { } }, deadline);
    return assumeAndVerify(inputs.targets[0], openSource(step), step);
}


/***/ }),

/***/ 2169:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ HttpClient),
/* harmony export */   m: () => (/* binding */ sentBy)
/* harmony export */ });
let sender;
async function sentBy(send, request) {
    let sent;
    sender = (url, headers) => {
        sent = send(url, headers);
        return sent;
    };
    await request().catch((error) => {
        if (!sent)
            throw error;
    });
    if (!sent)
        throw new Error("GitHub's library sent no request");
    return sent;
}
class HttpClient {
    #userAgent;
    #handlers;
    constructor(userAgent, handlers) {
        this.#userAgent = userAgent;
        this.#handlers = handlers;
    }
    async getJson(url) {
        if (!sender)
            throw new Error("a request of GitHub's library that nobody sends");
        const headers = { accept: 'application/json', 'user-agent': userAgentOf(this.#userAgent) };
        for (const handler of this.#handlers)
            handler.prepareRequest({ headers });
        return { result: await sender(new URL(url), headers) };
    }
}
function userAgentOf(name) {
    const id = process.env.ACTIONS_ORCHESTRATION_ID;
    return id ? `${name} actions_orchestration_id/${id.replaceAll(/[^a-z0-9_.-]/gi, '_')}` : name;
}


/***/ }),

/***/ 2030:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J: () => (/* binding */ BodyTooLong),
/* harmony export */   x: () => (/* binding */ readBody)
/* harmony export */ });
const MAX_BYTES = 1024 * 1024;
class BodyTooLong extends Error {
    name = 'BodyTooLong';
}
async function readBody(body) {
    const chunks = [];
    let bytes = 0;
    for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes > MAX_BYTES)
            throw new BodyTooLong(`a body of more than ${MAX_BYTES} bytes`);
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
}


/***/ }),

/***/ 851:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   F8: () => (/* binding */ ProxyTunnel),
/* harmony export */   KW: () => (/* binding */ HttpTunnelAgent),
/* harmony export */   T6: () => (/* binding */ ProxyError),
/* harmony export */   j5: () => (/* binding */ HttpsTunnelAgent)
/* harmony export */ });
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7067);
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_http__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_https__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4708);
/* harmony import */ var node_https__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_https__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7030);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_net__WEBPACK_IMPORTED_MODULE_2__);



const CONNECT_MS = 5_000;
class ProxyError extends Error {
    name = 'ProxyError';
    status;
    code;
    constructor(message, { status, code }, options) {
        super(message, options);
        this.status = status;
        this.code = code;
    }
}
class ProxyTunnel {
    #proxy;
    #tls;
    constructor(proxy, tls) {
        this.#proxy = proxy;
        this.#tls = tls;
    }
    open({ host, port }) {
        const target = `${(0,node_net__WEBPACK_IMPORTED_MODULE_2__.isIPv6)(host ?? '') ? `[${host}]` : host}:${port}`;
        return new Promise((resolve, reject) => {
            const request = this.#request(target);
            const timer = setTimeout(() => request.destroy(noAnswer()), CONNECT_MS);
            request.on('connect', ({ statusCode = 0 }, socket) => {
                socket.on('error', () => { });
                if (statusCode >= 200 && statusCode < 300)
                    return resolve(socket);
                socket.destroy();
                reject(new ProxyError(`the proxy answered ${statusCode}`, { status: statusCode }));
            });
            request.on('error', cause => reject(withoutTunnel(cause)));
            request.on('close', () => clearTimeout(timer));
            request.end();
        });
    }
    #request(target) {
        const { protocol, hostname, port } = this.#proxy;
        const host = hostname.replace(/^\[(.*)\]$/, '$1');
        const options = {
            method: 'CONNECT',
            host,
            port,
            path: target,
            agent: false,
            setHost: false,
            headers: { connection: 'keep-alive', host: target, ...this.#authorization() },
        };
        if (protocol === 'http:')
            return (0,node_http__WEBPACK_IMPORTED_MODULE_0__.request)(options);
        const servername = (0,node_net__WEBPACK_IMPORTED_MODULE_2__.isIP)(host) === 0 ? host : '';
        return (0,node_https__WEBPACK_IMPORTED_MODULE_1__.request)({ ...options, ...this.#tls.options, servername });
    }
    #authorization() {
        const { username, password } = this.#proxy;
        if (username === '' && password === '')
            return {};
        const userinfo = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
        return { 'proxy-authorization': `Basic ${Buffer.from(userinfo).toString('base64')}` };
    }
}
function noAnswer() {
    return Object.assign(new Error(`no answer in ${CONNECT_MS / 1000} s`), { code: 'ETIMEDOUT' });
}
function withoutTunnel(cause) {
    const message = `connection to the proxy: ${cause.message}`;
    return new ProxyError(message, cause.code === undefined ? {} : { code: cause.code }, { cause });
}
class HttpTunnelAgent extends node_http__WEBPACK_IMPORTED_MODULE_0__.Agent {
    #tunnel;
    constructor(tunnel, options = {}) {
        super(options);
        this.#tunnel = tunnel;
    }
    createConnection(options, onCreated) {
        pass(this.#tunnel.open(options), onCreated);
    }
}
class HttpsTunnelAgent extends node_https__WEBPACK_IMPORTED_MODULE_1__.Agent {
    #tunnel;
    constructor(tunnel, options = {}) {
        super(options);
        this.#tunnel = tunnel;
    }
    createConnection(options, onCreated) {
        const opened = this.#tunnel.open(options);
        const startTls = (socket) => super.createConnection({ ...options, socket });
        pass(opened.then(startTls), onCreated);
    }
}
function pass(opening, onCreated = () => { }) {
    opening.then(socket => socket && onCreated(null, socket), (error) => onCreated(error));
}


/***/ }),

/***/ 7667:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   v: () => (/* binding */ defaultProvider)
/* harmony export */ });
/**
 * The SDK's default chain, which is loaded when it is asked, and only as far: a run with a token never asks it, and most
 * others find keys in the environment, with its first link.
 */
function defaultProvider(options) {
  let provider
  return async context => {
    provider ??= hasKeysInEnvironment(options) ? loadFirstLink(options) : loadChain(options)
    return (await provider)(context)
  }
}

/** Where the chain itself would look no further. */
function hasKeysInEnvironment({ profile } = {}) {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env
  return !(profile ?? AWS_PROFILE) && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY
}

async function loadFirstLink(options) {
  const { fromEnv } = await __webpack_require__.e(/* import() */ 530).then(__webpack_require__.bind(__webpack_require__, 3530))
  return fromEnv(options)
}

async function loadChain(options) {
  const chain = await Promise.all(/* import() */[__webpack_require__.e(880), __webpack_require__.e(831), __webpack_require__.e(681)]).then(__webpack_require__.bind(__webpack_require__, 6681))
  return chain.defaultProvider(options)
}


/***/ })

};
;