/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
/******/ 	var __webpack_modules__ = ({

/***/ 818:
/***/ ((__unused_webpack_module, exports) => {

var __webpack_unused_export__;

__webpack_unused_export__ = true;
__webpack_unused_export__ = __webpack_unused_export__ = void 0;
var peq = new Uint32Array(0x10000);
var myers_32 = function (a, b) {
    var n = a.length;
    var m = b.length;
    var lst = 1 << (n - 1);
    var pv = -1;
    var mv = 0;
    var sc = n;
    var i = n;
    while (i--) {
        peq[a.charCodeAt(i)] |= 1 << i;
    }
    for (i = 0; i < m; i++) {
        var eq = peq[b.charCodeAt(i)];
        var xv = eq | mv;
        eq |= ((eq & pv) + pv) ^ pv;
        mv |= ~(eq | pv);
        pv &= eq;
        if (mv & lst) {
            sc++;
        }
        if (pv & lst) {
            sc--;
        }
        mv = (mv << 1) | 1;
        pv = (pv << 1) | ~(xv | mv);
        mv &= xv;
    }
    i = n;
    while (i--) {
        peq[a.charCodeAt(i)] = 0;
    }
    return sc;
};
var myers_x = function (b, a) {
    var n = a.length;
    var m = b.length;
    var mhc = [];
    var phc = [];
    var hsize = Math.ceil(n / 32);
    var vsize = Math.ceil(m / 32);
    for (var i = 0; i < hsize; i++) {
        phc[i] = -1;
        mhc[i] = 0;
    }
    var j = 0;
    for (; j < vsize - 1; j++) {
        var mv_1 = 0;
        var pv_1 = -1;
        var start_1 = j * 32;
        var vlen_1 = Math.min(32, m) + start_1;
        for (var k = start_1; k < vlen_1; k++) {
            peq[b.charCodeAt(k)] |= 1 << k;
        }
        for (var i = 0; i < n; i++) {
            var eq = peq[a.charCodeAt(i)];
            var pb = (phc[(i / 32) | 0] >>> i) & 1;
            var mb = (mhc[(i / 32) | 0] >>> i) & 1;
            var xv = eq | mv_1;
            var xh = ((((eq | mb) & pv_1) + pv_1) ^ pv_1) | eq | mb;
            var ph = mv_1 | ~(xh | pv_1);
            var mh = pv_1 & xh;
            if ((ph >>> 31) ^ pb) {
                phc[(i / 32) | 0] ^= 1 << i;
            }
            if ((mh >>> 31) ^ mb) {
                mhc[(i / 32) | 0] ^= 1 << i;
            }
            ph = (ph << 1) | pb;
            mh = (mh << 1) | mb;
            pv_1 = mh | ~(xv | ph);
            mv_1 = ph & xv;
        }
        for (var k = start_1; k < vlen_1; k++) {
            peq[b.charCodeAt(k)] = 0;
        }
    }
    var mv = 0;
    var pv = -1;
    var start = j * 32;
    var vlen = Math.min(32, m - start) + start;
    for (var k = start; k < vlen; k++) {
        peq[b.charCodeAt(k)] |= 1 << k;
    }
    var score = m;
    for (var i = 0; i < n; i++) {
        var eq = peq[a.charCodeAt(i)];
        var pb = (phc[(i / 32) | 0] >>> i) & 1;
        var mb = (mhc[(i / 32) | 0] >>> i) & 1;
        var xv = eq | mv;
        var xh = ((((eq | mb) & pv) + pv) ^ pv) | eq | mb;
        var ph = mv | ~(xh | pv);
        var mh = pv & xh;
        score += (ph >>> (m - 1)) & 1;
        score -= (mh >>> (m - 1)) & 1;
        if ((ph >>> 31) ^ pb) {
            phc[(i / 32) | 0] ^= 1 << i;
        }
        if ((mh >>> 31) ^ mb) {
            mhc[(i / 32) | 0] ^= 1 << i;
        }
        ph = (ph << 1) | pb;
        mh = (mh << 1) | mb;
        pv = mh | ~(xv | ph);
        mv = ph & xv;
    }
    for (var k = start; k < vlen; k++) {
        peq[b.charCodeAt(k)] = 0;
    }
    return score;
};
var distance = function (a, b) {
    if (a.length < b.length) {
        var tmp = b;
        b = a;
        a = tmp;
    }
    if (b.length === 0) {
        return a.length;
    }
    if (a.length <= 32) {
        return myers_32(a, b);
    }
    return myers_x(a, b);
};
__webpack_unused_export__ = distance;
var closest = function (str, arr) {
    var min_distance = Infinity;
    var min_index = 0;
    for (var i = 0; i < arr.length; i++) {
        var dist = distance(str, arr[i]);
        if (dist < min_distance) {
            min_distance = dist;
            min_index = i;
        }
    }
    return arr[min_index];
};
__webpack_unused_export__ = closest;


/***/ })

/******/ 	});
/************************************************************************/
/******/ 	// The module cache
/******/ 	var __webpack_module_cache__ = {};
/******/ 	
/******/ 	// The require function
/******/ 	function __nccwpck_require__(moduleId) {
/******/ 		// Check if module is in cache
/******/ 		var cachedModule = __webpack_module_cache__[moduleId];
/******/ 		if (cachedModule !== undefined) {
/******/ 			return cachedModule.exports;
/******/ 		}
/******/ 		// Create a new module (and put it into the cache)
/******/ 		var module = __webpack_module_cache__[moduleId] = {
/******/ 			// no module.id needed
/******/ 			// no module.loaded needed
/******/ 			exports: {}
/******/ 		};
/******/ 	
/******/ 		// Execute the module function
/******/ 		var threw = true;
/******/ 		try {
/******/ 			__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 			threw = false;
/******/ 		} finally {
/******/ 			if(threw) delete __webpack_module_cache__[moduleId];
/******/ 		}
/******/ 	
/******/ 		// Return the exports of the module
/******/ 		return module.exports;
/******/ 	}
/******/ 	
/************************************************************************/
/******/ 	/* webpack/runtime/asset-relocator-loader */
/******/ 	if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = __dirname + "/";
/******/ 	
/************************************************************************/
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = require("node:fs");
;// CONCATENATED MODULE: ../build/process/start.js

const STDERR = 2;
let handler = cause => (0,external_node_fs_namespaceObject.writeSync)(STDERR, `${oneLineOf(cause)}\n`);
function onUncaught(next) {
    handler = next;
}
function oneLineOf(cause) {
    const text = cause instanceof Error ? cause.message : 'an error without a message';
    return text.replaceAll(/[^ -~]/g, ' ');
}
function leaveParent() {
    for (const event of ['disconnect', 'error', 'internalMessage'])
        process.removeAllListeners(event);
    process.on('error', () => { });
    for (const name of Object.getOwnPropertySymbols(process)) {
        if (name.description === 'kChannelHandle')
            Reflect.get(process, name)?.readStop?.();
    }
}
const C_LIBRARY_VARIABLES = ['RES_OPTIONS', 'LOCALDOMAIN', 'HOSTALIASES', 'RESOLV_HOST_CONF', 'TZ'];
function resetCLibrary() {
    for (const name of C_LIBRARY_VARIABLES)
        delete process.env[name];
}
function stopCoverage() {
    if (process.env.NODE_V8_COVERAGE)
        process.getBuiltinModule?.('node:v8').stopCoverage();
}
process.on('uncaughtException', cause => handler(cause));
leaveParent();
resetCLibrary();
stopCoverage();

;// CONCATENATED MODULE: ../build/core/base/failure.js
class failure_GateError extends Error {
    name = 'GateError';
    code;
    hint;
    likelyCause;
    constructor(code, message, hint, options) {
        super(message, options);
        this.code = code;
        this.hint = hint;
        this.likelyCause = options?.likelyCause;
    }
    reworded(words) {
        const { code, cause, message, hint, likelyCause } = this;
        return new failure_GateError(code, words.message ?? message, words.hint ?? hint, {
            cause,
            likelyCause: words.likelyCause ?? likelyCause,
        });
    }
}
class RunnerError extends Error {
}
function failure_toGateError(error) {
    if (error instanceof failure_GateError)
        return error;
    return new failure_GateError('ERR_UNEXPECTED', traceOf(error), "This is a bug in AWS Role Gate, or an environment that it doesn't know. Report it with this log.", { cause: error });
}
function failure_reasonOf(error) {
    return error instanceof Error ? error.message : String(error);
}
function traceOf(error) {
    if (error instanceof Error)
        return error.stack ?? error.message;
    try {
        return String(error);
    }
    catch {
        return 'a value that has no text was thrown';
    }
}

;// CONCATENATED MODULE: external "os"
const external_os_namespaceObject = require("os");
;// CONCATENATED MODULE: ../node_modules/@actions/core/lib/utils.js
// We use any as a valid input type
/* eslint-disable @typescript-eslint/no-explicit-any */
/**
 * Sanitizes an input into a string so it can be passed into issueCommand safely
 * @param input input to sanitize into a string
 */
function utils_toCommandValue(input) {
    if (input === null || input === undefined) {
        return '';
    }
    else if (typeof input === 'string' || input instanceof String) {
        return input;
    }
    return JSON.stringify(input);
}
/**
 *
 * @param annotationProperties
 * @returns The command properties to send with the actual annotation command
 * See IssueCommandProperties: https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs#L646
 */
function utils_toCommandProperties(annotationProperties) {
    if (!Object.keys(annotationProperties).length) {
        return {};
    }
    return {
        title: annotationProperties.title,
        file: annotationProperties.file,
        line: annotationProperties.startLine,
        endLine: annotationProperties.endLine,
        col: annotationProperties.startColumn,
        endColumn: annotationProperties.endColumn
    };
}
//# sourceMappingURL=utils.js.map
;// CONCATENATED MODULE: ../node_modules/@actions/core/lib/command.js


/**
 * Issues a command to the GitHub Actions runner
 *
 * @param command - The command name to issue
 * @param properties - Additional properties for the command (key-value pairs)
 * @param message - The message to include with the command
 * @remarks
 * This function outputs a specially formatted string to stdout that the Actions
 * runner interprets as a command. These commands can control workflow behavior,
 * set outputs, create annotations, mask values, and more.
 *
 * Command Format:
 *   ::name key=value,key=value::message
 *
 * @example
 * ```typescript
 * // Issue a warning annotation
 * issueCommand('warning', {}, 'This is a warning message');
 * // Output: ::warning::This is a warning message
 *
 * // Set an environment variable
 * issueCommand('set-env', { name: 'MY_VAR' }, 'some value');
 * // Output: ::set-env name=MY_VAR::some value
 *
 * // Add a secret mask
 * issueCommand('add-mask', {}, 'secretValue123');
 * // Output: ::add-mask::secretValue123
 * ```
 *
 * @internal
 * This is an internal utility function that powers the public API functions
 * such as setSecret, warning, error, and exportVariable.
 */
function command_issueCommand(command, properties, message) {
    const cmd = new Command(command, properties, message);
    process.stdout.write(cmd.toString() + external_os_namespaceObject.EOL);
}
function command_issue(name, message = '') {
    command_issueCommand(name, {}, message);
}
const CMD_STRING = '::';
class Command {
    constructor(command, properties, message) {
        if (!command) {
            command = 'missing.command';
        }
        this.command = command;
        this.properties = properties;
        this.message = message;
    }
    toString() {
        let cmdStr = CMD_STRING + this.command;
        if (this.properties && Object.keys(this.properties).length > 0) {
            cmdStr += ' ';
            let first = true;
            for (const key in this.properties) {
                if (this.properties.hasOwnProperty(key)) {
                    const val = this.properties[key];
                    if (val) {
                        if (first) {
                            first = false;
                        }
                        else {
                            cmdStr += ',';
                        }
                        cmdStr += `${key}=${escapeProperty(val)}`;
                    }
                }
            }
        }
        cmdStr += `${CMD_STRING}${escapeData(this.message)}`;
        return cmdStr;
    }
}
function escapeData(s) {
    return utils_toCommandValue(s)
        .replace(/%/g, '%25')
        .replace(/\r/g, '%0D')
        .replace(/\n/g, '%0A');
}
function escapeProperty(s) {
    return utils_toCommandValue(s)
        .replace(/%/g, '%25')
        .replace(/\r/g, '%0D')
        .replace(/\n/g, '%0A')
        .replace(/:/g, '%3A')
        .replace(/,/g, '%2C');
}
//# sourceMappingURL=command.js.map
;// CONCATENATED MODULE: external "crypto"
const external_crypto_namespaceObject = require("crypto");
;// CONCATENATED MODULE: external "fs"
const external_fs_namespaceObject = require("fs");
;// CONCATENATED MODULE: ../node_modules/@actions/core/lib/file-command.js
// For internal use, subject to change.
// We use any as a valid input type
/* eslint-disable @typescript-eslint/no-explicit-any */




function file_command_issueFileCommand(command, message) {
    const filePath = process.env[`GITHUB_${command}`];
    if (!filePath) {
        throw new Error(`Unable to find environment variable for file command ${command}`);
    }
    if (!fs.existsSync(filePath)) {
        throw new Error(`Missing file at path: ${filePath}`);
    }
    fs.appendFileSync(filePath, `${toCommandValue(message)}${os.EOL}`, {
        encoding: 'utf8'
    });
}
function file_command_prepareKeyValueMessage(key, value) {
    const delimiter = `ghadelimiter_${crypto.randomUUID()}`;
    const convertedValue = toCommandValue(value);
    // These should realistically never happen, but just in case someone finds a
    // way to exploit uuid generation let's not allow keys or values that contain
    // the delimiter.
    if (key.includes(delimiter)) {
        throw new Error(`Unexpected input: name should not contain the delimiter "${delimiter}"`);
    }
    if (convertedValue.includes(delimiter)) {
        throw new Error(`Unexpected input: value should not contain the delimiter "${delimiter}"`);
    }
    return `${key}<<${delimiter}${os.EOL}${convertedValue}${os.EOL}${delimiter}`;
}
//# sourceMappingURL=file-command.js.map
;// CONCATENATED MODULE: external "path"
const external_path_namespaceObject = require("path");
;// CONCATENATED MODULE: ../node_modules/@actions/http-client/lib/auth.js
var __awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};
class BasicCredentialHandler {
    constructor(username, password) {
        this.username = username;
        this.password = password;
    }
    prepareRequest(options) {
        if (!options.headers) {
            throw Error('The request has no headers');
        }
        options.headers['Authorization'] = `Basic ${Buffer.from(`${this.username}:${this.password}`).toString('base64')}`;
    }
    // This handler cannot handle 401
    canHandleAuthentication() {
        return false;
    }
    handleAuthentication() {
        return __awaiter(this, void 0, void 0, function* () {
            throw new Error('not implemented');
        });
    }
}
class auth_BearerCredentialHandler {
    constructor(token) {
        this.token = token;
    }
    // currently implements pre-authorization
    // TODO: support preAuth = false where it hooks on 401
    prepareRequest(options) {
        if (!options.headers) {
            throw Error('The request has no headers');
        }
        options.headers['Authorization'] = `Bearer ${this.token}`;
    }
    // This handler cannot handle 401
    canHandleAuthentication() {
        return false;
    }
    handleAuthentication() {
        return __awaiter(this, void 0, void 0, function* () {
            throw new Error('not implemented');
        });
    }
}
class PersonalAccessTokenCredentialHandler {
    constructor(token) {
        this.token = token;
    }
    // currently implements pre-authorization
    // TODO: support preAuth = false where it hooks on 401
    prepareRequest(options) {
        if (!options.headers) {
            throw Error('The request has no headers');
        }
        options.headers['Authorization'] = `Basic ${Buffer.from(`PAT:${this.token}`).toString('base64')}`;
    }
    // This handler cannot handle 401
    canHandleAuthentication() {
        return false;
    }
    handleAuthentication() {
        return __awaiter(this, void 0, void 0, function* () {
            throw new Error('not implemented');
        });
    }
}
//# sourceMappingURL=auth.js.map
;// CONCATENATED MODULE: ../node_modules/@actions/core/lib/oidc-utils.js
var oidc_utils_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};



class oidc_utils_OidcClient {
    static createHttpClient(allowRetry = true, maxRetry = 10) {
        const requestOptions = {
            allowRetries: allowRetry,
            maxRetries: maxRetry
        };
        return new HttpClient('actions/oidc-client', [new BearerCredentialHandler(oidc_utils_OidcClient.getRequestToken())], requestOptions);
    }
    static getRequestToken() {
        const token = process.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'];
        if (!token) {
            throw new Error('Unable to get ACTIONS_ID_TOKEN_REQUEST_TOKEN env variable');
        }
        return token;
    }
    static getIDTokenUrl() {
        const runtimeUrl = process.env['ACTIONS_ID_TOKEN_REQUEST_URL'];
        if (!runtimeUrl) {
            throw new Error('Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable');
        }
        return runtimeUrl;
    }
    static getCall(id_token_url) {
        return oidc_utils_awaiter(this, void 0, void 0, function* () {
            var _a;
            const httpclient = oidc_utils_OidcClient.createHttpClient();
            const res = yield httpclient
                .getJson(id_token_url)
                .catch(error => {
                throw new Error(`Failed to get ID Token. \n 
        Error Code : ${error.statusCode}\n 
        Error Message: ${error.message}`);
            });
            const id_token = (_a = res.result) === null || _a === void 0 ? void 0 : _a.value;
            if (!id_token) {
                throw new Error('Response json body do not have ID Token field');
            }
            return id_token;
        });
    }
    static getIDToken(audience) {
        return oidc_utils_awaiter(this, void 0, void 0, function* () {
            try {
                // New ID Token is requested from action service
                let id_token_url = oidc_utils_OidcClient.getIDTokenUrl();
                if (audience) {
                    const encodedAudience = encodeURIComponent(audience);
                    id_token_url = `${id_token_url}&audience=${encodedAudience}`;
                }
                debug(`ID token url is ${id_token_url}`);
                const id_token = yield oidc_utils_OidcClient.getCall(id_token_url);
                setSecret(id_token);
                return id_token;
            }
            catch (error) {
                throw new Error(`Error message: ${error.message}`);
            }
        });
    }
}
//# sourceMappingURL=oidc-utils.js.map
;// CONCATENATED MODULE: ../node_modules/@actions/core/lib/summary.js
var summary_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};


const { access, appendFile, writeFile } = external_fs_namespaceObject.promises;
const SUMMARY_ENV_VAR = 'GITHUB_STEP_SUMMARY';
const SUMMARY_DOCS_URL = 'https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-job-summary';
class Summary {
    constructor() {
        this._buffer = '';
    }
    /**
     * Finds the summary file path from the environment, rejects if env var is not found or file does not exist
     * Also checks r/w permissions.
     *
     * @returns step summary file path
     */
    filePath() {
        return summary_awaiter(this, void 0, void 0, function* () {
            if (this._filePath) {
                return this._filePath;
            }
            const pathFromEnv = process.env[SUMMARY_ENV_VAR];
            if (!pathFromEnv) {
                throw new Error(`Unable to find environment variable for $${SUMMARY_ENV_VAR}. Check if your runtime environment supports job summaries.`);
            }
            try {
                yield access(pathFromEnv, external_fs_namespaceObject.constants.R_OK | external_fs_namespaceObject.constants.W_OK);
            }
            catch (_a) {
                throw new Error(`Unable to access summary file: '${pathFromEnv}'. Check if the file has correct read/write permissions.`);
            }
            this._filePath = pathFromEnv;
            return this._filePath;
        });
    }
    /**
     * Wraps content in an HTML tag, adding any HTML attributes
     *
     * @param {string} tag HTML tag to wrap
     * @param {string | null} content content within the tag
     * @param {[attribute: string]: string} attrs key-value list of HTML attributes to add
     *
     * @returns {string} content wrapped in HTML element
     */
    wrap(tag, content, attrs = {}) {
        const htmlAttrs = Object.entries(attrs)
            .map(([key, value]) => ` ${key}="${value}"`)
            .join('');
        if (!content) {
            return `<${tag}${htmlAttrs}>`;
        }
        return `<${tag}${htmlAttrs}>${content}</${tag}>`;
    }
    /**
     * Writes text in the buffer to the summary buffer file and empties buffer. Will append by default.
     *
     * @param {SummaryWriteOptions} [options] (optional) options for write operation
     *
     * @returns {Promise<Summary>} summary instance
     */
    write(options) {
        return summary_awaiter(this, void 0, void 0, function* () {
            const overwrite = !!(options === null || options === void 0 ? void 0 : options.overwrite);
            const filePath = yield this.filePath();
            const writeFunc = overwrite ? writeFile : appendFile;
            yield writeFunc(filePath, this._buffer, { encoding: 'utf8' });
            return this.emptyBuffer();
        });
    }
    /**
     * Clears the summary buffer and wipes the summary file
     *
     * @returns {Summary} summary instance
     */
    clear() {
        return summary_awaiter(this, void 0, void 0, function* () {
            return this.emptyBuffer().write({ overwrite: true });
        });
    }
    /**
     * Returns the current summary buffer as a string
     *
     * @returns {string} string of summary buffer
     */
    stringify() {
        return this._buffer;
    }
    /**
     * If the summary buffer is empty
     *
     * @returns {boolen} true if the buffer is empty
     */
    isEmptyBuffer() {
        return this._buffer.length === 0;
    }
    /**
     * Resets the summary buffer without writing to summary file
     *
     * @returns {Summary} summary instance
     */
    emptyBuffer() {
        this._buffer = '';
        return this;
    }
    /**
     * Adds raw text to the summary buffer
     *
     * @param {string} text content to add
     * @param {boolean} [addEOL=false] (optional) append an EOL to the raw text (default: false)
     *
     * @returns {Summary} summary instance
     */
    addRaw(text, addEOL = false) {
        this._buffer += text;
        return addEOL ? this.addEOL() : this;
    }
    /**
     * Adds the operating system-specific end-of-line marker to the buffer
     *
     * @returns {Summary} summary instance
     */
    addEOL() {
        return this.addRaw(external_os_namespaceObject.EOL);
    }
    /**
     * Adds an HTML codeblock to the summary buffer
     *
     * @param {string} code content to render within fenced code block
     * @param {string} lang (optional) language to syntax highlight code
     *
     * @returns {Summary} summary instance
     */
    addCodeBlock(code, lang) {
        const attrs = Object.assign({}, (lang && { lang }));
        const element = this.wrap('pre', this.wrap('code', code), attrs);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML list to the summary buffer
     *
     * @param {string[]} items list of items to render
     * @param {boolean} [ordered=false] (optional) if the rendered list should be ordered or not (default: false)
     *
     * @returns {Summary} summary instance
     */
    addList(items, ordered = false) {
        const tag = ordered ? 'ol' : 'ul';
        const listItems = items.map(item => this.wrap('li', item)).join('');
        const element = this.wrap(tag, listItems);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML table to the summary buffer
     *
     * @param {SummaryTableCell[]} rows table rows
     *
     * @returns {Summary} summary instance
     */
    addTable(rows) {
        const tableBody = rows
            .map(row => {
            const cells = row
                .map(cell => {
                if (typeof cell === 'string') {
                    return this.wrap('td', cell);
                }
                const { header, data, colspan, rowspan } = cell;
                const tag = header ? 'th' : 'td';
                const attrs = Object.assign(Object.assign({}, (colspan && { colspan })), (rowspan && { rowspan }));
                return this.wrap(tag, data, attrs);
            })
                .join('');
            return this.wrap('tr', cells);
        })
            .join('');
        const element = this.wrap('table', tableBody);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds a collapsable HTML details element to the summary buffer
     *
     * @param {string} label text for the closed state
     * @param {string} content collapsable content
     *
     * @returns {Summary} summary instance
     */
    addDetails(label, content) {
        const element = this.wrap('details', this.wrap('summary', label) + content);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML image tag to the summary buffer
     *
     * @param {string} src path to the image you to embed
     * @param {string} alt text description of the image
     * @param {SummaryImageOptions} options (optional) addition image attributes
     *
     * @returns {Summary} summary instance
     */
    addImage(src, alt, options) {
        const { width, height } = options || {};
        const attrs = Object.assign(Object.assign({}, (width && { width })), (height && { height }));
        const element = this.wrap('img', null, Object.assign({ src, alt }, attrs));
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML section heading element
     *
     * @param {string} text heading text
     * @param {number | string} [level=1] (optional) the heading level, default: 1
     *
     * @returns {Summary} summary instance
     */
    addHeading(text, level) {
        const tag = `h${level}`;
        const allowedTag = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].includes(tag)
            ? tag
            : 'h1';
        const element = this.wrap(allowedTag, text);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML thematic break (<hr>) to the summary buffer
     *
     * @returns {Summary} summary instance
     */
    addSeparator() {
        const element = this.wrap('hr', null);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML line break (<br>) to the summary buffer
     *
     * @returns {Summary} summary instance
     */
    addBreak() {
        const element = this.wrap('br', null);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML blockquote to the summary buffer
     *
     * @param {string} text quote text
     * @param {string} cite (optional) citation url
     *
     * @returns {Summary} summary instance
     */
    addQuote(text, cite) {
        const attrs = Object.assign({}, (cite && { cite }));
        const element = this.wrap('blockquote', text, attrs);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML anchor tag to the summary buffer
     *
     * @param {string} text link text/content
     * @param {string} href hyperlink
     *
     * @returns {Summary} summary instance
     */
    addLink(text, href) {
        const element = this.wrap('a', text, { href });
        return this.addRaw(element).addEOL();
    }
}
const _summary = new Summary();
/**
 * @deprecated use `core.summary`
 */
const markdownSummary = (/* unused pure expression or super */ null && (_summary));
const summary = (/* unused pure expression or super */ null && (_summary));
//# sourceMappingURL=summary.js.map
;// CONCATENATED MODULE: ../node_modules/@actions/core/lib/path-utils.js

/**
 * toPosixPath converts the given path to the posix form. On Windows, \\ will be
 * replaced with /.
 *
 * @param pth. Path to transform.
 * @return string Posix path.
 */
function toPosixPath(pth) {
    return pth.replace(/[\\]/g, '/');
}
/**
 * toWin32Path converts the given path to the win32 form. On Linux, / will be
 * replaced with \\.
 *
 * @param pth. Path to transform.
 * @return string Win32 path.
 */
function toWin32Path(pth) {
    return pth.replace(/[/]/g, '\\');
}
/**
 * toPlatformPath converts the given path to a platform-specific path. It does
 * this by replacing instances of / and \ with the platform-specific path
 * separator.
 *
 * @param pth The path to platformize.
 * @return string The platform-specific path.
 */
function toPlatformPath(pth) {
    return pth.replace(/[/\\]/g, path.sep);
}
//# sourceMappingURL=path-utils.js.map
;// CONCATENATED MODULE: ../node_modules/@actions/core/lib/platform.js
var platform_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};


const getWindowsInfo = () => platform_awaiter(void 0, void 0, void 0, function* () {
    const { stdout: version } = yield exec.getExecOutput('powershell -command "(Get-CimInstance -ClassName Win32_OperatingSystem).Version"', undefined, {
        silent: true
    });
    const { stdout: name } = yield exec.getExecOutput('powershell -command "(Get-CimInstance -ClassName Win32_OperatingSystem).Caption"', undefined, {
        silent: true
    });
    return {
        name: name.trim(),
        version: version.trim()
    };
});
const getMacOsInfo = () => platform_awaiter(void 0, void 0, void 0, function* () {
    var _a, _b, _c, _d;
    const { stdout } = yield exec.getExecOutput('sw_vers', undefined, {
        silent: true
    });
    const version = (_b = (_a = stdout.match(/ProductVersion:\s*(.+)/)) === null || _a === void 0 ? void 0 : _a[1]) !== null && _b !== void 0 ? _b : '';
    const name = (_d = (_c = stdout.match(/ProductName:\s*(.+)/)) === null || _c === void 0 ? void 0 : _c[1]) !== null && _d !== void 0 ? _d : '';
    return {
        name,
        version
    };
});
const getLinuxInfo = () => platform_awaiter(void 0, void 0, void 0, function* () {
    const { stdout } = yield exec.getExecOutput('lsb_release', ['-i', '-r', '-s'], {
        silent: true
    });
    const [name, version] = stdout.trim().split('\n');
    return {
        name,
        version
    };
});
const platform = external_os_namespaceObject.platform();
const arch = external_os_namespaceObject.arch();
const isWindows = platform === 'win32';
const isMacOS = platform === 'darwin';
const isLinux = platform === 'linux';
function getDetails() {
    return platform_awaiter(this, void 0, void 0, function* () {
        return Object.assign(Object.assign({}, (yield (isWindows
            ? getWindowsInfo()
            : isMacOS
                ? getMacOsInfo()
                : getLinuxInfo()))), { platform,
            arch,
            isWindows,
            isMacOS,
            isLinux });
    });
}
//# sourceMappingURL=platform.js.map
;// CONCATENATED MODULE: ../node_modules/@actions/core/lib/core.js
var core_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};






/**
 * The code to exit an action
 */
var ExitCode;
(function (ExitCode) {
    /**
     * A code indicating that the action was successful
     */
    ExitCode[ExitCode["Success"] = 0] = "Success";
    /**
     * A code indicating that the action was a failure
     */
    ExitCode[ExitCode["Failure"] = 1] = "Failure";
})(ExitCode || (ExitCode = {}));
//-----------------------------------------------------------------------
// Variables
//-----------------------------------------------------------------------
/**
 * Sets env variable for this action and future actions in the job
 * @param name the name of the variable to set
 * @param val the value of the variable. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function exportVariable(name, val) {
    const convertedVal = toCommandValue(val);
    process.env[name] = convertedVal;
    const filePath = process.env['GITHUB_ENV'] || '';
    if (filePath) {
        return issueFileCommand('ENV', prepareKeyValueMessage(name, val));
    }
    issueCommand('set-env', { name }, convertedVal);
}
/**
 * Registers a secret which will get masked from logs
 *
 * @param secret - Value of the secret to be masked
 * @remarks
 * This function instructs the Actions runner to mask the specified value in any
 * logs produced during the workflow run. Once registered, the secret value will
 * be replaced with asterisks (***) whenever it appears in console output, logs,
 * or error messages.
 *
 * This is useful for protecting sensitive information such as:
 * - API keys
 * - Access tokens
 * - Authentication credentials
 * - URL parameters containing signatures (SAS tokens)
 *
 * Note that masking only affects future logs; any previous appearances of the
 * secret in logs before calling this function will remain unmasked.
 *
 * @example
 * ```typescript
 * // Register an API token as a secret
 * const apiToken = "abc123xyz456";
 * setSecret(apiToken);
 *
 * // Now any logs containing this value will show *** instead
 * console.log(`Using token: ${apiToken}`); // Outputs: "Using token: ***"
 * ```
 */
function core_setSecret(secret) {
    issueCommand('add-mask', {}, secret);
}
/**
 * Prepends inputPath to the PATH (for this action and future actions)
 * @param inputPath
 */
function addPath(inputPath) {
    const filePath = process.env['GITHUB_PATH'] || '';
    if (filePath) {
        issueFileCommand('PATH', inputPath);
    }
    else {
        issueCommand('add-path', {}, inputPath);
    }
    process.env['PATH'] = `${inputPath}${path.delimiter}${process.env['PATH']}`;
}
/**
 * Gets the value of an input.
 * Unless trimWhitespace is set to false in InputOptions, the value is also trimmed.
 * Returns an empty string if the value is not defined.
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   string
 */
function getInput(name, options) {
    const val = process.env[`INPUT_${name.replace(/ /g, '_').toUpperCase()}`] || '';
    if (options && options.required && !val) {
        throw new Error(`Input required and not supplied: ${name}`);
    }
    if (options && options.trimWhitespace === false) {
        return val;
    }
    return val.trim();
}
/**
 * Gets the values of an multiline input.  Each value is also trimmed.
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   string[]
 *
 */
function getMultilineInput(name, options) {
    const inputs = getInput(name, options)
        .split('\n')
        .filter(x => x !== '');
    if (options && options.trimWhitespace === false) {
        return inputs;
    }
    return inputs.map(input => input.trim());
}
/**
 * Gets the input value of the boolean type in the YAML 1.2 "core schema" specification.
 * Support boolean input list: `true | True | TRUE | false | False | FALSE` .
 * The return value is also in boolean type.
 * ref: https://yaml.org/spec/1.2/spec.html#id2804923
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   boolean
 */
function getBooleanInput(name, options) {
    const trueValue = ['true', 'True', 'TRUE'];
    const falseValue = ['false', 'False', 'FALSE'];
    const val = getInput(name, options);
    if (trueValue.includes(val))
        return true;
    if (falseValue.includes(val))
        return false;
    throw new TypeError(`Input does not meet YAML 1.2 "Core Schema" specification: ${name}\n` +
        `Support boolean input list: \`true | True | TRUE | false | False | FALSE\``);
}
/**
 * Sets the value of an output.
 *
 * @param     name     name of the output to set
 * @param     value    value to store. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function setOutput(name, value) {
    const filePath = process.env['GITHUB_OUTPUT'] || '';
    if (filePath) {
        return issueFileCommand('OUTPUT', prepareKeyValueMessage(name, value));
    }
    process.stdout.write(os.EOL);
    issueCommand('set-output', { name }, toCommandValue(value));
}
/**
 * Enables or disables the echoing of commands into stdout for the rest of the step.
 * Echoing is disabled by default if ACTIONS_STEP_DEBUG is not set.
 *
 */
function setCommandEcho(enabled) {
    issue('echo', enabled ? 'on' : 'off');
}
//-----------------------------------------------------------------------
// Results
//-----------------------------------------------------------------------
/**
 * Sets the action status to failed.
 * When the action exits it will be with an exit code of 1
 * @param message add error issue message
 */
function setFailed(message) {
    process.exitCode = ExitCode.Failure;
    error(message);
}
//-----------------------------------------------------------------------
// Logging Commands
//-----------------------------------------------------------------------
/**
 * Gets whether Actions Step Debug is on or not
 */
function isDebug() {
    return process.env['RUNNER_DEBUG'] === '1';
}
/**
 * Writes debug message to user log
 * @param message debug message
 */
function core_debug(message) {
    issueCommand('debug', {}, message);
}
/**
 * Adds an error issue
 * @param message error issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function error(message, properties = {}) {
    issueCommand('error', toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Adds a warning issue
 * @param message warning issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function warning(message, properties = {}) {
    command_issueCommand('warning', utils_toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Adds a notice issue
 * @param message notice issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function notice(message, properties = {}) {
    issueCommand('notice', toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Writes info to log with console.log.
 * @param message info message
 */
function info(message) {
    process.stdout.write(message + external_os_namespaceObject.EOL);
}
/**
 * Begin an output group.
 *
 * Output until the next `groupEnd` will be foldable in this group
 *
 * @param name The name of the output group
 */
function startGroup(name) {
    issue('group', name);
}
/**
 * End an output group.
 */
function endGroup() {
    issue('endgroup');
}
/**
 * Wrap an asynchronous function call in a group.
 *
 * Returns the same type as the function itself.
 *
 * @param name The name of the group
 * @param fn The function to wrap in the group
 */
function group(name, fn) {
    return core_awaiter(this, void 0, void 0, function* () {
        startGroup(name);
        let result;
        try {
            result = yield fn();
        }
        finally {
            endGroup();
        }
        return result;
    });
}
//-----------------------------------------------------------------------
// Wrapper action state
//-----------------------------------------------------------------------
/**
 * Saves state for current action, the state can only be retrieved by this action's post job execution.
 *
 * @param     name     name of the state to store
 * @param     value    value to store. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function saveState(name, value) {
    const filePath = process.env['GITHUB_STATE'] || '';
    if (filePath) {
        return issueFileCommand('STATE', prepareKeyValueMessage(name, value));
    }
    issueCommand('save-state', { name }, toCommandValue(value));
}
/**
 * Gets the value of an state set by this action's main execution.
 *
 * @param     name     name of the state to get
 * @returns   string
 */
function getState(name) {
    return process.env[`STATE_${name}`] || '';
}
function getIDToken(aud) {
    return core_awaiter(this, void 0, void 0, function* () {
        return yield OidcClient.getIDToken(aud);
    });
}
/**
 * Summary exports
 */

/**
 * @deprecated use core.summary
 */

/**
 * Path exports
 */

/**
 * Platform utilities exports
 */

//# sourceMappingURL=core.js.map
;// CONCATENATED MODULE: ../build/core/base/text.js
function text_escapeControls(text) {
    return text.replaceAll(INVISIBLE, character => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]/gu;
const MAX_QUOTE_LENGTH = 200;
function text_quote(text) {
    return text.length > MAX_QUOTE_LENGTH
        ? `(a value of ${text.length} characters)`
        : `"${text_escapeControls(text)}"`;
}
const MAX_LINE_LENGTH = 1000;
function truncateLines(text) {
    return text
        .split('\n')
        .map(line => line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)}… (${line.length} characters)` : line)
        .join('\n');
}
function text_escapeLogLine(text) {
    return text
        .split('\n')
        .map(line => hideCommand(text_escapeControls(line)))
        .join('\n');
}
function hideCommand(line) {
    const trimmed = line.trimStart();
    const indent = line.slice(0, line.length - trimmed.length);
    const text = trimmed.startsWith('::') ? `\\u{3a}${trimmed.slice(1)}` : trimmed;
    return `${indent}${text.replaceAll('##[', '# #[')}`;
}
function escapeMarkdown(text) {
    return text_escapeControls(truncateLines(text)).replaceAll(/[^A-Za-z0-9 .,:/=-]|(?<=:)\/|(?<=www)\./gu, encodeForHtml);
}
function encodeForHtml(character) {
    return `&#${character.codePointAt(0)};`;
}
const LONGEST_LABEL = 120;
function escapeMermaid(text) {
    return text_escapeControls(text.slice(0, LONGEST_LABEL)).replaceAll(/[^A-Za-z0-9 .,/=-]/gu, character => `#${character.codePointAt(0)};`);
}

;// CONCATENATED MODULE: ../build/core/base/redaction.js
function redaction_formsOf(secret) {
    const encoded = encodeURIComponent(secret.toWellFormed());
    return [...new Set([secret, encoded, encoded.replaceAll(/%../g, octet => octet.toLowerCase())])];
}
function redaction_redactText(text, { secretForms, accountIds }, mark = '***') {
    const spans = [
        ...Array.from(secretForms).flatMap(form => occurrencesOf(form, text)),
        ...tokensIn(text),
        ...(accountIds ? redaction_accountIdsIn(text) : []),
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
function redaction_accountIdsIn(text) {
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

;// CONCATENATED MODULE: ../build/core/base/invalid-value.js
class invalid_value_InvalidValue extends Error {
    name = 'InvalidValue';
}

;// CONCATENATED MODULE: ../build/core/network/proxy-address.js

const WRITE = 'write http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT';
const ENCODE = 'in USER and PASSWORD, write @ as %40, : as %3A and % as %25';
function parseProxy(text) {
    const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
    assertEncoded(address);
    if (/[\s\p{Cc}]/u.test(text) || !URL.canParse(address))
        throw new invalid_value_InvalidValue(`is not the URL of a proxy: ${WRITE}${text.includes('@') ? `; ${ENCODE}` : ''}`);
    const url = new URL(address);
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
        throw new invalid_value_InvalidValue(`is a proxy that is neither http nor https: ${WRITE}`);
    if (url.pathname !== '/' || url.search || url.hash)
        throw new invalid_value_InvalidValue(`has something behind the proxy's host and port: ${WRITE}`);
    url.username = encodeURIComponent(proxy_address_decodeUserinfo(url.username));
    url.password = encodeURIComponent(proxy_address_decodeUserinfo(url.password));
    return url;
}
const NEVER_IN_USERINFO = /[/?#\\\s\p{Cc}]/gu;
function assertEncoded(address) {
    const [, userinfo = ''] = /^[^:]+:\/\/(.*)@/s.exec(address) ?? [];
    const found = [...new Set(userinfo.match(NEVER_IN_USERINFO))];
    if (found.length === 0)
        return;
    const advice = found.map(character => `${nameOf(character)} as ${encodeURIComponent(character)}`).join(', ');
    throw new invalid_value_InvalidValue(`has characters in its user or password that must be percent-encoded: write ${advice}`);
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
function proxy_address_decodeUserinfo(text) {
    try {
        return decodeURIComponent(text.replaceAll(/%(?![\da-f]{2})/gi, '%25'));
    }
    catch {
        throw new invalid_value_InvalidValue('has a user or a password with a % that begins no UTF-8 character: write % as %25, and other characters percent-encoded as UTF-8');
    }
}

;// CONCATENATED MODULE: ../build/core/network/proxy-secrets.js

const MAY_HOLD_PASSWORDS = [
    'INPUT_HTTP-PROXY',
    ...['https_proxy', 'http_proxy', 'all_proxy'].flatMap(name => [name, name.toUpperCase()]),
];
function proxy_secrets_proxySecrets(environment) {
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
        return decodeUserinfo(text);
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
    core.setSecret(secret);
    for (const form of formsOf(secret))
        secretForms.add(form);
}
const BORN_WITH = (/* unused pure expression or super */ null && ([
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'INPUT_AWS-ACCESS-KEY-ID',
    'INPUT_AWS-SECRET-ACCESS-KEY',
    'INPUT_AWS-SESSION-TOKEN',
]));
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
        core.setSecret(accountId);
}
function redact(text, mark) {
    return redaction_redactText(text, { secretForms, accountIds: redactsAccountIds }, mark);
}
function log_redactSecrets(text) {
    return redactText(text, { secretForms: knownForms, accountIds: false });
}
function log_redactReport(text) {
    const long = Array.from(secretForms).filter(form => form.length >= 8);
    return redactText(text, { secretForms: [...knownForms, ...long], accountIds: false });
}
function log_maskAccountIdsIn(text, mark) {
    return redactText(text, { secretForms: [], accountIds: redactsAccountIds }, mark);
}
function clean(text) {
    return truncateLines(redact(text));
}
function log_info(text) {
    info(text_escapeLogLine(clean(text)));
}
function log_notice(text) {
    core.notice(clean(text));
}
function log_warning(text) {
    warning(clean(text));
}
function log_error(failure) {
    log_endGroup();
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
        log_endGroup();
    }
}
let hasOpenGroup = false;
function log_endGroup() {
    if (hasOpenGroup)
        core.endGroup();
    hasOpenGroup = false;
}
function formatFailure({ code, message, hint }) {
    return `${code}: ${message}\n${hint}`;
}

;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = require("node:crypto");
;// CONCATENATED MODULE: external "node:os"
const external_node_os_namespaceObject = require("node:os");
;// CONCATENATED MODULE: external "node:path"
const external_node_path_namespaceObject = require("node:path");
;// CONCATENATED MODULE: ../build/core/profiles/section-editor.js
class section_editor_UnclearSection extends Error {
    profile;
    constructor(profile, line) {
        super(`the header in line ${line}, or the next one, is read differently by AWS's tools: it must begin its line, and only a comment after a blank may follow it`);
        this.profile = profile;
    }
}
function section_editor_presentProfiles(text, file, profiles) {
    return new Set(sectionsOf(text, file, profiles).map(({ profile }) => profile));
}
function section_editor_editSections(text, file, edits) {
    assertReadable(text);
    const profiles = edits.map(({ profile }) => profile);
    const replaced = sectionsOf(text, file, profiles);
    const unclear = replaced.find(({ isClear }) => !isClear);
    if (unclear)
        throw new section_editor_UnclearSection(unclear.profile, lineNumber(text, unclear.start));
    const sections = edits.flatMap(({ profile, settings }) => settings ? [[headerOf(file, profile), ...settingLines(settings)]] : []);
    if (sections.length > 0)
        assertNoDefaults(text);
    return append(without(text, replaced), sections, lineEndOf(text));
}
function removeSections(text, file, profiles, isOurs) {
    const outcomes = new Map(profiles.map(profile => [profile, 'gone']));
    const ours = [];
    for (const section of sectionsOf(text, file, profiles)) {
        const { profile, isClear } = section;
        if (outcomes.get(profile) === 'removed')
            continue;
        const isRemoved = isClear && isOurs(profile, canonicalOf(linesIn(text, section).slice(1)));
        outcomes.set(profile, isRemoved ? 'removed' : 'changed');
        if (isRemoved)
            ours.push(section);
    }
    return { text: without(text, ours, section => linesIn(text, section).filter(isFiller).join('')), outcomes };
}
function section_editor_canonicalSettings(settings) {
    return canonicalOf(settingLines(settings));
}
function canonicalOf(lines) {
    const trimmed = lines.filter(line => !isFiller(line)).map(line => line.trim());
    return trimmed.map(withoutBlanks).join('\n');
}
function withoutBlanks(line) {
    const sign = line.indexOf('=');
    return sign < 0 ? line : `${line.slice(0, sign).trimEnd()}=${line.slice(sign + 1).trimStart()}`;
}
function settingLines(settings) {
    return Object.entries(settings).map(([name, value]) => {
        if (!isPlain(value))
            throw new Error(`the value of ${name} is none that can stand in a profile`);
        return `${name} = ${value}`;
    });
}
function isPlain(value) {
    return /^[\x20-\x7e]+$/.test(value) && value.trim() === value && !/(?:^| )[#;]/.test(value);
}
function headerOf(file, profile) {
    return file === 'credentials' || profile === 'default' ? `[${profile}]` : `[profile ${profile}]`;
}
function append(text, sections, lineEnd) {
    if (sections.length === 0)
        return text;
    const added = sections.map(lines => lines.join(lineEnd)).join(lineEnd + lineEnd);
    if (text === '')
        return added + lineEnd;
    return text.endsWith('\n') ? text + lineEnd + added + lineEnd : text + lineEnd + lineEnd + added;
}
function without(text, sections, left = () => '') {
    if (sections.length === 0)
        return text;
    const parts = [];
    let from = 0;
    for (const section of sections) {
        parts.push(text.slice(from, startWithBlankLine(text, section.start)), left(section));
        from = section.end;
    }
    const rest = parts.join('') + text.slice(from);
    return text.endsWith('\n') ? rest : withoutLineEnd(rest);
}
function startWithBlankLine(text, start) {
    if (start < 2)
        return isBlankLine(text.slice(0, start)) ? 0 : start;
    const previous = text.lastIndexOf('\n', start - 2) + 1;
    return isBlankLine(text.slice(previous, start)) ? previous : start;
}
function isBlankLine(line) {
    return /^[\t\v\f\r ]*\n$/.test(line);
}
function withoutLineEnd(text) {
    if (!text.endsWith('\n'))
        return text;
    return text.slice(0, text.endsWith('\r\n') ? -2 : -1);
}
function lineEndOf(text) {
    return /\r?\n/.exec(text)?.[0] ?? '\n';
}
const BYTE_ORDER_MARK = '\xef\xbb\xbf';
function* lineSpans(text, from = 0, to = text.length) {
    let start = from === 0 && text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : from;
    while (start < to) {
        const lineEnd = text.indexOf('\n', start);
        const end = lineEnd < 0 ? to : lineEnd + 1;
        yield { start, end };
        start = end;
    }
}
function linesIn(text, { start, end }) {
    return Array.from(lineSpans(text, start, end), line => text.slice(line.start, line.end));
}
function isFiller(line) {
    return /^[\t\v\f\r\n ]*(?:[#;]|$)/.test(line);
}
function* headersOf(text) {
    for (const { start, end } of lineSpans(text)) {
        let open = start;
        while (open < end && !isVisible(text.charCodeAt(open)))
            open++;
        if (text[open] !== '[' || open >= end)
            continue;
        const line = text.slice(open + 1, end);
        const close = line.indexOf(']');
        if (close >= 0)
            yield { start, end, name: line.slice(0, close) };
    }
}
function isVisible(code) {
    return 0x21 <= code && code <= 0x7e;
}
function isClearHeader(line) {
    const close = line.indexOf(']');
    const name = line.slice(1, close);
    return (line.startsWith('[') &&
        name !== '' &&
        !/\s[#;]/.test(name) &&
        /^[\t ]*(?:[\t ][#;][^\]]*)?\r?\n?$/.test(line.slice(close + 1)));
}
function sectionsOf(text, file, profiles) {
    const wanted = new Set(profiles);
    const sections = [];
    let open;
    const close = (next) => {
        if (!open)
            return;
        const { profile, header } = open;
        const isClear = [header, next].every(each => !each || isClearHeader(text.slice(each.start, each.end)));
        const end = endOfSettings(text, header, next?.start ?? text.length);
        sections.push({ profile, start: header.start, end, isClear });
    };
    for (const header of headersOf(text)) {
        close(header);
        const profile = profileNamed(header.name, file);
        open = profile !== undefined && wanted.has(profile) ? { profile, header } : undefined;
    }
    close(undefined);
    return sections;
}
function endOfSettings(text, header, next) {
    let last = header.end;
    for (const { start, end } of lineSpans(text, header.end, next)) {
        if (!isFiller(text.slice(start, end)))
            last = end;
    }
    return last;
}
function profileNamed(header, file) {
    const [first = '', second, ...others] = header.trim().split(/\s+/);
    if (second === undefined)
        return file === 'credentials' || first === 'default' ? first : undefined;
    const isPrefixed = file === 'config' && first.startsWith('profile') && others.length === 0;
    return isPrefixed ? second.replaceAll(/["'\\]/g, '') : undefined;
}
function assertReadable(text) {
    if (text.includes('\0'))
        throw new Error('it is not in UTF-8, or no text');
    const lone = /\r(?!\n)/.exec(text);
    if (lone)
        throw new Error(`in line ${lineNumber(text, lone.index)} a carriage return stands without a line feed`);
}
function assertNoDefaults(text) {
    for (const { start, name } of headersOf(text)) {
        if (name.trim() === 'DEFAULT')
            throw new Error(`in line ${lineNumber(text, start)} it has a section DEFAULT, whose settings some tools would give to this profile too: name it default, or take it out`);
    }
}
function lineNumber(text, index) {
    return text.slice(0, index).split('\n').length;
}

;// CONCATENATED MODULE: ../build/core/identity/arn.js
const PARTITION = '(?<partition>aws[a-z-]*)';
const ACCOUNT = '(?<accountId>\\d{12})';
const PATH = '(?<path>/(?:[\\w+=,.@-]+/)*)';
const ANY_PATH = '(?<path>/(?:[\\x21-\\x7e]+/)?)';
const NAME = '[\\w+=,.@-]{1,64}';
const SESSION = '(?<sessionName>[\\w+=,.@-]{2,64})';
const ROLE_ARN = new RegExp(`^arn:${PARTITION}:iam::${ACCOUNT}:role${PATH}(?<roleName>${NAME})$`);
const USER_ARN = userArnPattern(PATH);
const USER_ARN_OF_AWS = userArnPattern(ANY_PATH);
const ASSUMED_ROLE_ARN = new RegExp(`^arn:${PARTITION}:sts::${ACCOUNT}:assumed-role/(?<roleName>${NAME})/${SESSION}$`);
const ROLE_NAME = new RegExp(`^${NAME}$`);
const ACCOUNT_ID = new RegExp(`^${ACCOUNT}$`);
function userArnPattern(path) {
    return new RegExp(`^arn:${PARTITION}:iam::${ACCOUNT}:user${path}(?<userName>${NAME})$`);
}
function isAccountId(text) {
    return ACCOUNT_ID.test(text);
}
function arn_isRoleName(text) {
    return ROLE_NAME.test(text);
}
function arn_parseRoleArn(text) {
    const parts = ROLE_ARN.exec(text)?.groups;
    return parts && { kind: 'role', ...parts };
}
function arn_parseUserArn(text) {
    return userArn(USER_ARN.exec(text));
}
function userArn(match) {
    const parts = match?.groups;
    return parts && { kind: 'user', ...parts };
}
function arn_parseAssumedRoleArn(text) {
    const parts = ASSUMED_ROLE_ARN.exec(text)?.groups;
    return parts && { kind: 'assumed-role', ...parts };
}
function arn_parseCallerArn(text) {
    return arn_parseAssumedRoleArn(text) ?? userArn(USER_ARN_OF_AWS.exec(text));
}
function arn_formatArn(arn) {
    const { partition, accountId } = arn;
    switch (arn.kind) {
        case 'role':
            return `arn:${partition}:iam::${accountId}:role${arn.path}${arn.roleName}`;
        case 'assumed-role':
            return `arn:${partition}:sts::${accountId}:assumed-role/${arn.roleName}/${arn.sessionName}`;
        case 'user':
            return `arn:${partition}:iam::${accountId}:user${arn.path}${arn.userName}`;
    }
}

;// CONCATENATED MODULE: ../build/core/identity/expectation.js

const expectation_ROLE_ASSUMED = {
    identities: 'role-assumed',
    roleIds: 'any',
    allowedAccountIds: 'any',
    forbiddenAccountIds: [],
};
const expectation_ANYONE = { ...expectation_ROLE_ASSUMED, identities: 'any' };
function expectation_expectRole(arn, written = formatArn(arn)) {
    const { partition, accountId, roleName } = arn;
    return { kind: 'role', partition, accountId, roleName, written };
}
function expectation_parseExpectedIdentity(text, home) {
    const role = parseRoleArn(text);
    if (role)
        return expectation_expectRole(role, text);
    const session = parseAssumedRoleArn(text);
    if (session)
        return { ...expectation_expectRole(session, text), sessionName: session.sessionName };
    const anySession = parseAssumedRoleArn(`${text}/any`);
    if (anySession)
        return expectation_expectRole(anySession, text);
    const user = parseUserArn(text);
    if (user)
        return user;
    if (home && isRoleName(text))
        return { kind: 'role', ...home, roleName: text, written: text };
    return undefined;
}
function expectation_formatWithComparable(expected) {
    const comparable = expectation_comparableArn(expected);
    const written = expected.kind === 'user' ? comparable : expected.written;
    return written === comparable ? written : `${written} (${comparable})`;
}
function expectation_comparableArn(expected) {
    if (expected.kind === 'user')
        return formatArn(expected);
    const { partition, accountId, roleName, sessionName } = expected;
    const role = `arn:${partition}:sts::${accountId}:assumed-role/${roleName}`;
    return sessionName ? `${role}/${sessionName}` : role;
}

;// CONCATENATED MODULE: ../build/core/identity/verdict.js





const GUARDS = (/* unused pure expression or super */ null && (['caller', 'identity', 'role id', 'account']));
class verdict_Mismatch {
    kind = 'mismatch';
    expected;
    caller;
    differences;
    requestId;
    constructor(expected, session, caller, differences) {
        this.requestId = verdict_requestIdOf(session, caller);
        this.expected = expected;
        this.caller = caller;
        this.differences = differences;
    }
    get isContradiction() {
        return this.differences.length > 0 && !this.differences.some(({ about }) => GUARDS.includes(about));
    }
}
function verdict_requestIdOf({ origin, requestId }, caller) {
    return origin.kind === 'assumed' ? requestId : caller.requestId;
}
let createMatch;
let isGenuine;
class Match {
    kind = 'match';
    #target;
    #session;
    #caller;
    #identity;
    static {
        createMatch = (target, session, caller, identity) => new Match(target, session, caller, identity);
        isGenuine = match => #session in match;
    }
    constructor(target, session, caller, identity) {
        this.#target = target;
        this.#session = session;
        this.#caller = caller;
        this.#identity = identity;
    }
    get target() {
        return this.#target;
    }
    get session() {
        return this.#session;
    }
    get caller() {
        return this.#caller;
    }
    get identity() {
        return this.#identity;
    }
    get requestId() {
        return verdict_requestIdOf(this.#session, this.#caller);
    }
}
function verifyIdentity(target, session, caller) {
    const { identity, differences } = compare(target.expected, session, caller);
    return identity && differences.length === 0
        ? createMatch(target, session, caller, identity)
        : new verdict_Mismatch(target.expected, session, caller, differences);
}
function verifyIntermediate(session, caller) {
    const expected = session.origin.kind === 'assumed' ? ROLE_ASSUMED : ANYONE;
    const { identity, differences } = compare(expected, session, caller);
    if (identity && differences.length === 0)
        return identity;
    throw mismatchFailure(new verdict_Mismatch(expected, session, caller, differences), 'intermediate role of a chain');
}
function compare(expected, session, caller) {
    const identity = parseCallerArn(caller.arn);
    const differences = [
        ...(identity
            ? identityDifferences(identitiesFor(session, expected), identity, caller)
            : [notAnIdentity(caller)]),
        ...roleIdDifferences(expected.roleIds, caller, identity),
        ...verdict_accountIdsIn(caller).flatMap(accountId => accountDifferences(expected, accountId)),
        ...(identity ? userIdDifferences(identity, caller) : []),
        ...accountIdDifferences(caller),
        ...crossCheckDifferences(session, caller),
    ];
    return { identity, differences };
}
function verdict_assertGenuine(match) {
    if (!isGenuine(match))
        throw new TypeError('this match was not made by verifyIdentity');
}
function assertMatch(verdict) {
    if (verdict.kind === 'match')
        return verdict;
    throw mismatchFailure(verdict);
}
function mismatchFailure(mismatch, likelyCause) {
    const lines = [...mismatch.differences.map(formatDifference), ...formatRequestId(mismatch)];
    return new GateError('ERR_IDENTITY_MISMATCH', `the credentials belong to ${escapeControls(mismatch.caller.arn)}\n${lines.join('\n')}`, `No credentials were exported. ${adviceOn(mismatch)}`, {
        cause: mismatch,
        likelyCause: mismatch.isContradiction ? 'contradicting responses' : likelyCause,
    });
}
function adviceOn(mismatch) {
    if (mismatch.isContradiction)
        return "STS's responses contradict each other or the token. Don't change the guards. Check sts-endpoint, the proxy and the runner's network.";
    const wasRecreated = mismatch.differences.some(({ about }) => about === 'role id')
        ? ', whether the role was deleted and created again'
        : '';
    return `If this is the identity you want, update the guard that differs. If it isn't, check role-to-assume${wasRecreated}, and whether an earlier step replaced the credentials.`;
}
function formatRequestId({ requestId }) {
    return requestId === undefined ? [] : [`- request ID: ${requestId}`];
}
function formatDifference({ about, expected, actual, note }) {
    return `- ${about}: expected ${escapeControls(expected)}, got ${escapeControls(actual)}${note ? ` (${note})` : ''}`;
}
function notAnIdentity(caller) {
    return { about: 'caller', expected: 'a role session or an IAM user', actual: caller.arn };
}
function identitiesFor({ origin }, { identities }) {
    if (identities !== 'role-assumed')
        return identities;
    return origin.kind === 'assumed' ? [expectRole(origin.role)] : [];
}
function identityDifferences(expected, identity, caller) {
    if (expected === 'any' || expected.some(candidate => isSameIdentity(candidate, identity)))
        return [];
    const difference = {
        about: 'identity',
        expected: expected.map(formatWithComparable).join(' or ') || 'an assumed role, but no role was assumed',
        actual: caller.arn,
    };
    const note = noteOnNearMiss(expected, identity);
    return [note ? { ...difference, note } : difference];
}
function isSameIdentity(expected, actual) {
    return comparableArn(expected) === comparableLike(expected, actual);
}
function comparableLike(expected, actual) {
    return actual.kind === 'user' || 'sessionName' in expected
        ? formatArn(actual)
        : comparableArn(expectRole(actual));
}
function noteOnNearMiss(expected, actual) {
    if (expected.some(candidate => differsInCaseAlone(candidate, actual))) {
        return 'they differ in case alone: write it as AWS does';
    }
    const roles = expected.filter(candidate => candidate.kind === 'role');
    if (actual.kind === 'user')
        return roles.length > 0 ? 'not a role session' : undefined;
    const namesakes = roles.filter(({ roleName, partition }) => roleName === actual.roleName && partition === actual.partition);
    if (namesakes.length === 0)
        return undefined;
    const isSameAccount = namesakes.some(({ accountId }) => accountId === actual.accountId);
    return isSameAccount ? 'another session of the same role' : 'a role of the same name in another account';
}
function differsInCaseAlone(expected, actual) {
    return comparableArn(expected).toLowerCase() === comparableLike(expected, actual).toLowerCase();
}
function verdict_roleIdOf(caller) {
    return caller.userId.replace(/:.*/s, '');
}
function roleIdDifferences(expected, caller, identity) {
    const actual = verdict_roleIdOf(caller);
    if (expected === 'any' || expected.includes(actual))
        return [];
    const difference = { about: 'role id', expected: expected.join(' or '), actual };
    const note = 'a role that was deleted and made again has another id';
    return [identity?.kind === 'assumed-role' ? { ...difference, note } : difference];
}
function accountDifferences({ allowedAccountIds, forbiddenAccountIds }, accountId) {
    const differences = [];
    if (allowedAccountIds !== 'any' && !allowedAccountIds.includes(accountId)) {
        differences.push({ about: 'account', expected: allowedAccountIds.join(' or '), actual: accountId });
    }
    if (forbiddenAccountIds.includes(accountId)) {
        differences.push({
            about: 'account',
            expected: `none of ${forbiddenAccountIds.join(', ')}`,
            actual: accountId,
        });
    }
    return differences;
}
function verdict_accountIdsIn({ arn, accountId }) {
    return [...new Set([arn.split(':')[4] ?? '', accountId])];
}
function accountIdDifferences(caller) {
    const [expected = '', actual] = verdict_accountIdsIn(caller);
    return actual === undefined ? [] : [{ about: 'Account vs. caller ARN', expected, actual }];
}
function userIdDifferences(identity, caller) {
    const tail = identity.kind === 'assumed-role' ? `:${identity.sessionName}` : '';
    const id = verdict_roleIdOf(caller);
    if (/^[A-Z0-9]{4,128}$/.test(id) && caller.userId === `${id}${tail}`)
        return [];
    return [{ about: 'UserId vs. caller ARN', expected: `ID${tail}`, actual: caller.userId }];
}
function crossCheckDifferences({ assumedRole, claims }, caller) {
    const { arn } = assumedRole;
    const differences = claims ? tokenDifferences(assumedRole, claims) : [];
    if (arn === undefined || arn === caller.arn)
        return differences;
    const about = 'AssumedRoleUser vs. caller ARN';
    return [{ about, expected: arn, actual: caller.arn }, ...differences];
}
function tokenDifferences({ subject, audience, provider }, claims) {
    const differences = [];
    if (subject !== undefined && subject !== claims.subject) {
        differences.push({ about: 'SubjectFromWebIdentityToken', expected: claims.subject, actual: subject });
    }
    if (audience !== undefined && !claims.audiences.includes(audience)) {
        differences.push({
            about: 'Audience of the token',
            expected: claims.audiences.join(' or '),
            actual: audience,
        });
    }
    if (provider !== undefined && issuerOfProvider(provider) !== normalIssuer(claims.issuer)) {
        differences.push({
            about: 'Provider of the token',
            expected: normalIssuer(claims.issuer),
            actual: provider,
        });
    }
    return differences;
}
function issuerOfProvider(provider) {
    return normalIssuer(provider.replace(/^.*?:oidc-provider\//s, ''));
}
function normalIssuer(issuer) {
    return withoutScheme(issuer).replace(/\/$/, '');
}

;// CONCATENATED MODULE: ../build/core/profiles/settings.js

const DEFAULTS_OF_PYTHON = 'DEFAULT';
function isProfileName(text) {
    return /^[\w.@+%:-]{1,64}$/.test(text) && text !== DEFAULTS_OF_PYTHON && !(text in {});
}
function settings_profilePaths(environment, home, join) {
    const place = (named, name) => named ? named.replace(/^~(?=[\\/])/, () => home) : join(home, '.aws', name);
    return {
        credentials: place(environment.AWS_SHARED_CREDENTIALS_FILE, 'credentials'),
        config: place(environment.AWS_CONFIG_FILE, 'config'),
    };
}
function settings_profileSettings(match, region) {
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
function settings_renewingSettings(command, region) {
    return { config: { credential_process: command, region } };
}

;// CONCATENATED MODULE: ../build/runner/regular-file.js

const MAX_BYTES = 1024 * 1024;
const regular_file_NO_FOLLOW = external_node_fs_namespaceObject.constants.O_NOFOLLOW ?? 0;
const NONBLOCKING = external_node_fs_namespaceObject.constants.O_NONBLOCK ?? 0;
function openRegular(path, flags) {
    const descriptor = (0,external_node_fs_namespaceObject.openSync)(path, flags | NONBLOCKING, 0o600);
    try {
        if (!(0,external_node_fs_namespaceObject.fstatSync)(descriptor).isFile())
            throw new Error("it isn't a regular file");
        return descriptor;
    }
    catch (error) {
        (0,external_node_fs_namespaceObject.closeSync)(descriptor);
        throw error;
    }
}
function readRegularFile(path, { flags = 0, maxBytes } = {}) {
    const descriptor = openRegular(path, external_node_fs_namespaceObject.constants.O_RDONLY | flags);
    try {
        const status = (0,external_node_fs_namespaceObject.fstatSync)(descriptor, { bigint: true });
        const bytes = maxBytes === undefined ? (0,external_node_fs_namespaceObject.readFileSync)(descriptor) : readAtMost(descriptor, maxBytes + 1);
        if (maxBytes !== undefined && bytes.length > maxBytes)
            throw new Error(`it is larger than ${maxBytes} bytes`);
        return { bytes, status };
    }
    finally {
        (0,external_node_fs_namespaceObject.closeSync)(descriptor);
    }
}
function regular_file_readRegularText(path, { flags = 0 } = {}) {
    return readRegularFile(path, { flags, maxBytes: MAX_BYTES }).bytes.toString();
}
function readAtMost(descriptor, maxBytes) {
    const buffer = Buffer.alloc(maxBytes);
    let length = 0;
    for (;;) {
        const count = (0,external_node_fs_namespaceObject.readSync)(descriptor, buffer, length, maxBytes - length, null);
        length += count;
        if (count === 0 || length === maxBytes)
            return buffer.subarray(0, length);
    }
}

;// CONCATENATED MODULE: external "node:timers/promises"
const promises_namespaceObject = require("node:timers/promises");
;// CONCATENATED MODULE: ../build/profiles/file-in-use.js

const LONGEST_WAIT = 2_000;
const PAUSE = 20;
async function onceClosed(work, platform = process.platform) {
    const end = performance.now() + LONGEST_WAIT;
    for (;;) {
        try {
            return work();
        }
        catch (error) {
            if (platform !== 'win32' || !isInUse(error) || performance.now() > end)
                throw error;
        }
        await (0,promises_namespaceObject.setTimeout)(PAUSE);
    }
}
function isInUse(error) {
    return ['EPERM', 'EACCES', 'EBUSY'].includes(Object(error).code);
}

;// CONCATENATED MODULE: ../build/profiles/atomic-file.js





class ChangedMeanwhile extends Error {
}
class atomic_file_PartlyChanged extends Error {
}
function atomic_file_readShared(path) {
    const status = statusOf(path);
    if (!status)
        return { path, text: undefined, stamp: undefined };
    if (status.isSymbolicLink())
        throw new Error('it is a symbolic link');
    if (!status.isFile())
        throw new Error("it isn't a regular file");
    const { bytes, status: opened } = readRegularFile(path, { flags: regular_file_NO_FOLLOW });
    return { path, text: bytes.toString('latin1'), stamp: stampOf(opened) };
}
function statusOf(path) {
    return (0,external_node_fs_namespaceObject.lstatSync)(path, { bigint: true, throwIfNoEntry: false });
}
function stampOf({ dev, ino, size, mtimeNs, ctimeNs }) {
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}
function atomic_file_hasFolder(path) {
    const status = (0,external_node_fs_namespaceObject.lstatSync)(path, { throwIfNoEntry: false });
    if (status?.isSymbolicLink())
        throw new Error('its folder is a symbolic link');
    if (status && !status.isDirectory())
        throw new Error("its parent isn't a folder");
    return status !== undefined;
}
function atomic_file_prepareFolder(path) {
    if (!atomic_file_hasFolder(path))
        mkdirSync(path, { recursive: true, mode: 0o700 });
}
async function atomic_file_changeTogether(changes, lock, breathe = async () => { }) {
    const staged = [];
    const done = [];
    try {
        for (const change of changes) {
            staged.push({ change, temporary: stage(change) });
            await breathe();
        }
        for (const { change, temporary } of staged) {
            await put(change.file, temporary, lock);
            done.push(change);
        }
        for (const change of done)
            assertWritten(change);
        lock.assertHeld();
    }
    catch (error) {
        if (await areUndone(done, lock))
            throw error;
        throw new atomic_file_PartlyChanged(error instanceof Error ? error.message : String(error), { cause: error });
    }
    finally {
        for (const { temporary } of staged)
            if (temporary)
                await discard(temporary);
    }
}
async function discard(temporary) {
    try {
        await onceClosed(() => (0,external_node_fs_namespaceObject.rmSync)(temporary, { force: true }));
    }
    catch {
    }
}
function stage({ file, after }) {
    return after === undefined ? undefined : writeTemporary(file.path, after);
}
async function replaceFile(path, text, lock) {
    atomic_file_discardLeftovers(path);
    const temporary = writeTemporary(path, Buffer.from(text).toString('latin1'));
    try {
        await onceClosed(() => {
            lock.assertHeld();
            (0,external_node_fs_namespaceObject.renameSync)(temporary, path);
        });
    }
    finally {
        (0,external_node_fs_namespaceObject.rmSync)(temporary, { force: true });
    }
}
function writeTemporary(path, text) {
    const temporary = `${path}.role-gate.${(0,external_node_crypto_namespaceObject.randomUUID)()}.tmp`;
    try {
        (0,external_node_fs_namespaceObject.writeFileSync)(temporary, text, { encoding: 'latin1', flag: 'wx', mode: 0o600, flush: true });
        return temporary;
    }
    catch (error) {
        (0,external_node_fs_namespaceObject.rmSync)(temporary, { force: true });
        throw error;
    }
}
function atomic_file_discardLeftovers(path) {
    const folder = (0,external_node_path_namespaceObject.dirname)(path);
    for (const entry of (0,external_node_fs_namespaceObject.readdirSync)(folder, { withFileTypes: true })) {
        if (entry.isFile() && isLeftover(entry.name, (0,external_node_path_namespaceObject.basename)(path)))
            (0,external_node_fs_namespaceObject.rmSync)((0,external_node_path_namespaceObject.join)(folder, entry.name), { force: true });
    }
}
function isLeftover(name, fileName) {
    if (!name.startsWith(fileName))
        return false;
    return /^\.(?:role-gate\.[\da-f-]{36}\.tmp|lock(?:\.[\da-f]{32})+)$/.test(name.slice(fileName.length));
}
function assertUntouched({ path, stamp }) {
    const status = statusOf(path);
    if ((status && stampOf(status)) !== stamp)
        throw new ChangedMeanwhile('another process changed it at the same time');
}
function put(file, temporary, lock) {
    return onceClosed(() => {
        lock.assertHeld();
        assertUntouched(file);
        if (temporary === undefined)
            (0,external_node_fs_namespaceObject.rmSync)(file.path, { force: true });
        else
            (0,external_node_fs_namespaceObject.renameSync)(temporary, file.path);
    });
}
function assertWritten({ file, after }) {
    if (atomic_file_readShared(file.path).text !== after)
        throw new Error('it does not hold what was written, because another process changed it at the same time');
}
async function areUndone(changes, lock) {
    let areAll = true;
    for (const change of changes)
        areAll = (await isUndone(change, lock)) && areAll;
    return areAll;
}
async function isUndone({ file, after }, lock) {
    try {
        const present = atomic_file_readShared(file.path);
        if (present.text !== after)
            return false;
        const temporary = file.text === undefined ? undefined : writeTemporary(file.path, file.text);
        try {
            await put(present, temporary, lock);
            return true;
        }
        finally {
            if (temporary)
                (0,external_node_fs_namespaceObject.rmSync)(temporary, { force: true });
        }
    }
    catch {
        return false;
    }
}

;// CONCATENATED MODULE: ../build/profiles/lock-holder.js


function ownHolder() {
    return { machine: thisMachine(), pid: process.pid, started: processStatus(process.pid)?.started };
}
function holderState(text) {
    const holder = parseHolder(text);
    if (holder?.machine !== thisMachine())
        return 'unknown';
    return isRunning(holder) ? 'running' : 'gone';
}
function parseHolder(text) {
    try {
        const { machine, pid, started } = JSON.parse(text);
        return Number.isSafeInteger(pid) && pid > 0 ? { machine, pid, started } : undefined;
    }
    catch {
        return undefined;
    }
}
function isRunning({ pid, started }) {
    if (!hasProcess(pid))
        return false;
    const status = processStatus(pid);
    if (!status)
        return true;
    return !status.isZombie && (started === undefined || started === status.started);
}
function hasProcess(pid) {
    try {
        return process.kill(pid, 0);
    }
    catch (error) {
        return Object(error).code !== 'ESRCH';
    }
}
function processStatus(pid) {
    try {
        if ((0,external_node_fs_namespaceObject.readlinkSync)('/proc/self') !== String(process.pid))
            return undefined;
        const stat = (0,external_node_fs_namespaceObject.readFileSync)(`/proc/${pid}/stat`, 'latin1');
        const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return { started: fields[18], isZombie: /[ZX]/.test(state) };
    }
    catch {
        return undefined;
    }
}
function thisMachine() {
    try {
        const boot = (0,external_node_fs_namespaceObject.readFileSync)('/proc/sys/kernel/random/boot_id', 'latin1').trim();
        return [boot, (0,external_node_fs_namespaceObject.readlinkSync)('/proc/self/ns/pid'), timeNamespace()].join(' ');
    }
    catch {
        return (0,external_node_os_namespaceObject.hostname)();
    }
}
function timeNamespace() {
    try {
        return (0,external_node_fs_namespaceObject.readlinkSync)('/proc/self/ns/time');
    }
    catch {
        return '';
    }
}

;// CONCATENATED MODULE: ../build/profiles/file-lock.js







const file_lock_LONGEST_WAIT = 15_000;
const ABANDONED_AFTER = 10_000;
const TOUCHED_EVERY = 2_000;
const LONGEST_STEP = 1_000;
const file_lock_MAX_BYTES = 1_000;
const file_lock_unhurried = milliseconds => (0,promises_namespaceObject.setTimeout)(milliseconds);
class LockLost extends Error {
}
async function withFileLock(path, work, patience = {}) {
    const lock = `${path}.lock`;
    const text = await acquire(lock, patience);
    const isHeld = () => readLock(lock)?.text === text;
    const assertHeld = () => {
        if (!isHeld())
            throw new LockLost(`another process took the lock ${lock} before this one was done`);
    };
    const touching = setInterval(() => isHeld() && touch(lock), TOUCHED_EVERY).unref();
    try {
        return await work({ assertHeld });
    }
    finally {
        clearInterval(touching);
        await release(lock, isHeld);
    }
}
async function release(lock, isHeld) {
    try {
        await onceClosed(() => isHeld() && (0,external_node_fs_namespaceObject.rmSync)(lock, { force: true }));
    }
    catch {
    }
}
async function file_lock_withFileLocks(paths, work, patience = {}) {
    const [first, ...rest] = paths;
    if (first === undefined)
        return work({ assertHeld: () => { } });
    return withFileLock(first, lock => file_lock_withFileLocks(rest, others => work(both(lock, others)), patience), patience);
}
function both(one, other) {
    return {
        assertHeld: () => {
            one.assertHeld();
            other.assertHeld();
        },
    };
}
function touch(lock) {
    try {
        const now = new Date();
        (0,external_node_fs_namespaceObject.utimesSync)(lock, now, now);
    }
    catch {
    }
}
async function acquire(lock, { pause = file_lock_unhurried, maxWaitMs = file_lock_LONGEST_WAIT }) {
    const text = lockText();
    const end = performance.now() + maxWaitMs;
    const silence = new Silence();
    while (!(await make(lock, text))) {
        if (performance.now() > end)
            throw new Error(`${lock} has existed for more than ${maxWaitMs / 1000} seconds: delete it if no other job is running`);
        const present = readLock(lock);
        if (present && isAbandoned(present, silence.of(present)))
            await remove(lock, present);
        await pause(10 + Math.random() * 40, `the lock ${text_quote(lock)}`);
    }
    return text;
}
function lockText() {
    return JSON.stringify({ ...ownHolder(), id: (0,external_node_crypto_namespaceObject.randomUUID)() });
}
async function make(lock, text) {
    try {
        await onceClosed(() => writeNew(lock, text));
    }
    catch (error) {
        if (Object(error).code === 'EEXIST')
            return false;
        throw error;
    }
    return readLock(lock)?.text === text;
}
function writeNew(path, text) {
    const file = (0,external_node_fs_namespaceObject.openSync)(path, 'wx', 0o600);
    try {
        (0,external_node_fs_namespaceObject.writeSync)(file, text);
    }
    catch (error) {
        (0,external_node_fs_namespaceObject.rmSync)(path, { force: true });
        throw error;
    }
    finally {
        (0,external_node_fs_namespaceObject.closeSync)(file);
    }
}
function readLock(lock) {
    try {
        const { bytes, status } = readRegularFile(lock, { flags: regular_file_NO_FOLLOW, maxBytes: file_lock_MAX_BYTES });
        const text = bytes.toString();
        return { text, stamp: `${status.ino} ${status.mtimeNs} ${text}` };
    }
    catch {
        return undefined;
    }
}
function isAbandoned({ text }, silentMs) {
    const state = holderState(text);
    return state === 'gone' || (state === 'unknown' && silentMs > ABANDONED_AFTER);
}
class Silence {
    #stamp = '';
    #milliseconds = 0;
    #seenAt = 0;
    of({ stamp }) {
        const now = performance.now();
        const step = Math.min(now - this.#seenAt, LONGEST_STEP);
        this.#milliseconds = stamp === this.#stamp ? this.#milliseconds + step : 0;
        this.#stamp = stamp;
        this.#seenAt = now;
        return this.#milliseconds;
    }
}
async function remove(lock, judged) {
    const claim = `${lock}.${(0,external_node_crypto_namespaceObject.createHash)('sha256').update(judged.stamp).digest('hex').slice(0, 32)}`;
    if (!(await make(claim, lockText()))) {
        const other = readLock(claim);
        if (other && holderState(other.text) === 'gone')
            await remove(claim, other);
        return;
    }
    try {
        await onceClosed(() => readLock(lock)?.stamp === judged.stamp && (0,external_node_fs_namespaceObject.rmSync)(lock, { force: true }));
    }
    finally {
        await onceClosed(() => (0,external_node_fs_namespaceObject.rmSync)(claim, { force: true }));
    }
}

;// CONCATENATED MODULE: ../build/core/profiles/config-parser.js

const DEFAULTS = 'DEFAULT';
function config_parser_parseConfig(bytes) {
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
function config_parser_isProblem(parsed) {
    return 'reason' in parsed;
}
function config_parser_parseFailure(path, { line, reason }) {
    return `${quote(path)}, line ${line}: ${reason}, so the AWS CLI can't parse the file`;
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
        const header = config_parser_headerOf(text);
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
function config_parser_headerOf(text) {
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

;// CONCATENATED MODULE: ../build/profiles/parse-check.js


function parse_check_assertParsable(path, before, after) {
    const problem = problemOf(after);
    if (!problem)
        return;
    const present = problemOf(before);
    const isSame = present && lineAt(before, present.line) === lineAt(after, problem.line);
    throw new GateError('ERR_PROFILE_WRITE', parseFailure(path, isSame ? present : problem), 'Every aws command would fail, whatever profile it uses, so nothing was written. Correct the file, or name another one with AWS_SHARED_CREDENTIALS_FILE or AWS_CONFIG_FILE.');
}
function problemOf(text) {
    const parsed = parseConfig(Buffer.from(text, 'latin1'));
    return isProblem(parsed) ? parsed : undefined;
}
function lineAt(text, line) {
    return text.split(/\r\n?|\n/)[line - 1];
}

;// CONCATENATED MODULE: ../build/profiles/profile-store.js











function parseWrittenProfiles(json) {
    try {
        const { files } = JSON.parse(json);
        return Array.isArray(files) && files.every(isWrittenFile) ? { files } : undefined;
    }
    catch {
        return undefined;
    }
}
function isWrittenFile(value) {
    const { file, path, created, sections } = Object(value);
    if (file !== 'credentials' && file !== 'config')
        return false;
    if (typeof path !== 'string' || !(0,external_node_path_namespaceObject.isAbsolute)(path) || typeof created !== 'boolean')
        return false;
    return Array.isArray(sections) && sections.every(isWrittenSection);
}
function isWrittenSection(value) {
    const { profile, fingerprint } = Object(value);
    return typeof profile === 'string' && typeof fingerprint === 'string';
}
function profile_store_planProfiles(profiles, environment) {
    const paths = profilePaths(environment, requireHome(profiles), join);
    const files = ['credentials', 'config'].map(file => {
        const path = resolve(paths[file]);
        const sections = profiles.flatMap(profile => sectionOf(profile, file, path));
        return { file, path, created: !existsSync(path), sections };
    });
    return { written: { files }, profiles };
}
function sectionOf({ name, settings }, file, path) {
    const own = settings[file];
    if (!own)
        return [];
    return [{ profile: name, fingerprint: naming([name], path, () => hash(canonicalSettings(own))) }];
}
function requireHome(profiles) {
    const home = homedir();
    if (home === '')
        throw failure(namesOf(profiles), 'the home folder', new Error('HOME is blank'));
    return home;
}
async function profile_store_assertWritable({ written, profiles }, { overwrite, pause = unhurried }) {
    for (const file of written.files) {
        naming(namesOf(profiles), file.path, () => hasFolder(dirname(file.path)));
        edit(file, profiles, overwrite);
        await breathe(pause);
    }
}
function assertNoSection(text, file, path, profiles) {
    const present = presentProfiles(text, file, namesOf(profiles));
    const first = profiles.find(({ name }) => present.has(name));
    if (first)
        throw alreadyThere(first.name, path);
}
function breathe(pause) {
    return pause(0, 'AWS’s shared files to be read and written');
}
async function profile_store_writeProfiles({ written: { files }, profiles }, { overwrite, pause = unhurried }) {
    const names = namesOf(profiles);
    const paths = files.map(({ path }) => path);
    const write = async (lock) => {
        const changes = [];
        for (const file of files) {
            naming(names, file.path, () => discardLeftovers(file.path));
            changes.push(...edit(file, profiles, overwrite));
            await breathe(pause);
        }
        await changeTogether(changes, lock, () => breathe(pause));
    };
    try {
        for (const path of paths)
            naming(names, path, () => prepareFolder(dirname(path)));
        assertTwoFiles(files);
        await withFileLocks(paths, lock => undisturbed(() => write(lock)), { pause });
    }
    catch (error) {
        throw failure(names, paths.join(', '), error);
    }
}
function profile_store_mayBeLeft(error) {
    return error instanceof GateError && error.cause instanceof PartlyChanged;
}
const MAX_ATTEMPTS = 3;
async function undisturbed(work) {
    for (let attempt = 1;; attempt++) {
        try {
            return await work();
        }
        catch (error) {
            if (!(error instanceof ChangedMeanwhile) || attempt === MAX_ATTEMPTS)
                throw error;
        }
    }
}
function edit({ file, path, sections }, profiles, overwrite) {
    const before = naming(namesOf(profiles), path, () => readShared(path));
    const text = before.text ?? '';
    if (!overwrite)
        assertNoSection(text, file, path, profiles);
    const after = edited(text, file, path, profiles);
    assertParsable(path, text, after);
    return sections.length === 0 && after === text ? [] : [{ file: before, after }];
}
function edited(text, file, path, profiles) {
    const edits = profiles.map(({ name, settings }) => ({ profile: name, settings: settings[file] }));
    try {
        return editSections(text, file, edits);
    }
    catch (error) {
        throw failure(error instanceof UnclearSection ? [error.profile] : namesOf(profiles), path, error);
    }
}
function profile_store_removeProfiles({ files }, patience = {}) {
    return removeInTurn(files, new Set(), patience);
}
async function removeInTurn([file, ...later], taken, patience) {
    if (!file)
        return [];
    const { path, sections } = file;
    const goOn = async (removals) => {
        const changed = removals.filter(({ outcome }) => outcome === 'changed').map(({ profile }) => profile);
        return [...removals, ...(await removeInTurn(later, new Set([...taken, ...changed]), patience))];
    };
    try {
        if (!atomic_file_hasFolder((0,external_node_path_namespaceObject.dirname)(path)))
            return await goOn(sections.map(({ profile }) => ({ profile, path, outcome: 'gone' })));
        return await withFileLock(path, async (lock) => goOn(await removeFrom(file, taken, lock)), patience);
    }
    catch (error) {
        return goOn(failed(file, error));
    }
}
async function removeFrom(file, taken, lock) {
    try {
        return await undisturbed(() => takeOut(file, taken, lock));
    }
    catch (error) {
        return failed(file, error);
    }
}
async function takeOut({ file, path, created, sections }, taken, lock) {
    atomic_file_discardLeftovers(path);
    const before = atomic_file_readShared(path);
    const fingerprints = new Map(sections.map(({ profile, fingerprint }) => [profile, fingerprint]));
    const isOurs = (profile, settings) => !taken.has(profile) && hash(settings) === fingerprints.get(profile);
    const { text, outcomes } = removeSections(before.text ?? '', file, [...fingerprints.keys()], isOurs);
    const after = text === '' && created ? undefined : text;
    if ([...outcomes.values()].includes('removed'))
        await atomic_file_changeTogether([{ file: before, after }], lock);
    return sections.map(({ profile }) => ({ profile, path, outcome: outcomes.get(profile) ?? 'gone' }));
}
function failed({ path, sections }, cause) {
    const profiles = sections.map(({ profile }) => profile);
    const error = failure(profiles, path, cause);
    return profiles.map(profile => ({ profile, path, outcome: 'failed', error }));
}
function assertTwoFiles(files) {
    const places = files.map(({ path }) => {
        const status = lstatSync(path, { bigint: true, throwIfNoEntry: false });
        return status ? `${status.dev} ${status.ino}` : path;
    });
    if (new Set(places).size < places.length)
        throw new Error('AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name one file');
}
function hash(settings) {
    return (0,external_node_crypto_namespaceObject.createHash)('sha256').update(settings).digest('hex');
}
function namesOf(profiles) {
    return profiles.map(({ name }) => name);
}
function naming(profiles, path, work) {
    try {
        return work();
    }
    catch (error) {
        throw failure(profiles, path, error);
    }
}
function failure(profiles, path, error) {
    if (error instanceof failure_GateError)
        return error;
    const reason = failure_reasonOf(error);
    return new failure_GateError('ERR_PROFILE_WRITE', `${inWords(profiles)} in ${text_quote(path)}: ${text_escapeControls(reason)}`, isDisturbed(error)
        ? 'Run the job again. If jobs or tools often change these files at the same time, give each job files of its own with AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE.'
        : 'Make sure that the file and its folder are regular ones that the runner can read and write, or set AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE to others.', { cause: error });
}
function isDisturbed(error) {
    return [LockLost, ChangedMeanwhile, atomic_file_PartlyChanged].some(kind => error instanceof kind);
}
function inWords([first = '', ...others]) {
    if (others.length === 0)
        return `the profile ${text_quote(first)}`;
    return `the profiles ${text_quote(first)} and ${others.length} more`;
}
function alreadyThere(profile, path) {
    return new GateError('ERR_PROFILE_WRITE', `${quote(path)} has a profile ${quote(profile)} already`, 'Set overwrite-aws-profile: true to replace it in both files, or choose another name for it.');
}

;// CONCATENATED MODULE: ../build/core/identity/session.js
function isKey(text) {
    return text !== undefined && /^[\x21-\x7e]+$/.test(text);
}

;// CONCATENATED MODULE: ../build/core/renewal/outcome.js




class outcome_KeptCredentials {
    #credentials;
    verifiedAt;
    triedAt;
    constructor(credentials, verifiedAt, triedAt) {
        this.#credentials = credentials;
        this.verifiedAt = verifiedAt;
        this.triedAt = triedAt;
    }
    static of(match, now) {
        verdict_assertGenuine(match);
        return new outcome_KeptCredentials(match.session.credentials, now);
    }
    static fromJson({ credentials, verifiedAt, triedAt }) {
        const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
        if (![accessKeyId, secretAccessKey, sessionToken].every(isKey))
            throw new Error('it holds no keys');
        const read = { accessKeyId, secretAccessKey, sessionToken, expiration: parseDate(expiration) };
        return new outcome_KeptCredentials(read, parseDate(verifiedAt), triedAt === undefined ? triedAt : parseDate(triedAt));
    }
    get credentials() {
        return this.#credentials;
    }
    toJSON() {
        return { credentials: this.#credentials, verifiedAt: this.verifiedAt, triedAt: this.triedAt };
    }
    triedAgain(now) {
        return new outcome_KeptCredentials(this.#credentials, this.verifiedAt, now);
    }
}
const USUAL_MS = (/* unused pure expression or super */ null && (15 * 60_000));
const SHORT_SESSION_MS = (/* unused pure expression or super */ null && (45 * 60_000));
const REST_MS = 30_000;
function isDue(kept, now) {
    if (!isAlive(kept, now))
        return true;
    const rested = now - (kept.triedAt?.getTime() ?? 0);
    if (0 <= rested && rested < REST_MS)
        return false;
    const end = endOf(kept);
    const life = end - kept.verifiedAt.getTime();
    return end - now < (life < SHORT_SESSION_MS ? life / 3 : USUAL_MS);
}
function isAlive(kept, now) {
    return now < endOf(kept);
}
function endOf({ credentials }) {
    return credentials.expiration?.getTime() ?? 0;
}
function formatOutcome(outcome) {
    if (outcome.kind === 'kept')
        return JSON.stringify(outcome.kept);
    const { code, message, hint } = outcome.failure;
    return JSON.stringify({ failure: { code, message, hint }, at: outcome.at });
}
function parseOutcome(text) {
    try {
        const { failure, at, ...kept } = JSON.parse(text);
        if (!failure)
            return { kind: 'kept', kept: outcome_KeptCredentials.fromJson(kept) };
        const { code, message, hint } = failure;
        return { kind: 'failed', failure: new failure_GateError(code, message, hint), at: parseDate(at) };
    }
    catch {
        return undefined;
    }
}
function parseDate(text) {
    const date = new Date(text);
    if (Number.isNaN(date.getTime()))
        throw new Error(`${text} is no date`);
    return date;
}
function usable(outcome, now) {
    return outcome?.kind === 'kept' && !isDue(outcome.kept, now) ? outcome.kept : undefined;
}
function formatProcessCredentials({ credentials }) {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
    return JSON.stringify({
        Version: 1,
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: expiration && formatInstant(expiration),
    });
}

;// CONCATENATED MODULE: ../build/profiles/credential-cache.js







const SETTINGS = 'settings.json';
const ROOTS = 'roots.pem';
const OUTCOME = 'credentials.json';
class CredentialCache {
    settingsPath;
    rootsPath;
    #outcomePath;
    constructor(folder) {
        this.settingsPath = (0,external_node_path_namespaceObject.join)(folder, SETTINGS);
        this.rootsPath = (0,external_node_path_namespaceObject.join)(folder, ROOTS);
        this.#outcomePath = (0,external_node_path_namespaceObject.join)(folder, OUTCOME);
    }
    static of(settingsPath) {
        return new CredentialCache((0,external_node_path_namespaceObject.dirname)(settingsPath));
    }
    static isOwnName(name) {
        return [SETTINGS, ROOTS, OUTCOME, `${OUTCOME}.lock`].includes(name) || isLeftover(name, OUTCOME);
    }
    create(settings, kept, roots) {
        (0,external_node_fs_namespaceObject.mkdirSync)((0,external_node_path_namespaceObject.dirname)(this.settingsPath), { mode: 0o700 });
        credential_cache_writeNew(this.settingsPath, settings);
        if (roots.length > 0)
            credential_cache_writeNew(this.rootsPath, roots.join(''));
        credential_cache_writeNew(this.#outcomePath, formatOutcome({ kind: 'kept', kept }));
    }
    readSettings() {
        return readText(this.settingsPath);
    }
    readOutcome() {
        try {
            return parseOutcome(readText(this.#outcomePath));
        }
        catch {
            return undefined;
        }
    }
    save(outcome, lock) {
        return replaceFile(this.#outcomePath, formatOutcome(outcome), lock);
    }
    async forget(lock) {
        try {
            await onceClosed(() => {
                lock.assertHeld();
                (0,external_node_fs_namespaceObject.rmSync)(this.#outcomePath, { force: true });
            });
        }
        catch {
        }
    }
    locked(work, maxWaitMs) {
        return withFileLock(this.#outcomePath, work, { maxWaitMs });
    }
}
function readText(path) {
    return regular_file_readRegularText(path, { flags: regular_file_NO_FOLLOW });
}
function credential_cache_writeNew(path, text) {
    (0,external_node_fs_namespaceObject.writeFileSync)(path, text, { flag: 'wx', mode: 0o600 });
}

;// CONCATENATED MODULE: ../build/profiles/step-folder.js







const step_folder_NAME = /^aws-role-gate-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const RECORD = 'profiles.json';
class step_folder_StepFolder {
    path;
    constructor(path) {
        this.path = path;
    }
    static plan() {
        return new step_folder_StepFolder((0,external_node_path_namespaceObject.join)(runnerTemp(), `aws-role-gate-${(0,external_node_crypto_namespaceObject.randomUUID)()}`));
    }
    static find(name) {
        if (!step_folder_NAME.test(name))
            return undefined;
        const folder = new step_folder_StepFolder((0,external_node_path_namespaceObject.join)(runnerTemp(), name));
        const written = folder.#readRecord();
        return written && { folder, written };
    }
    get name() {
        return (0,external_node_path_namespaceObject.basename)(this.path);
    }
    create(written) {
        (0,external_node_fs_namespaceObject.mkdirSync)(runnerTemp(), { recursive: true });
        (0,external_node_fs_namespaceObject.mkdirSync)(this.path, { mode: 0o700 });
        try {
            (0,external_node_fs_namespaceObject.writeFileSync)((0,external_node_path_namespaceObject.join)(this.path, RECORD), JSON.stringify(written), { flag: 'wx', mode: 0o600 });
        }
        catch (error) {
            step_folder_remove(this.path);
            throw error;
        }
    }
    renewalFiles(index) {
        return new CredentialCache((0,external_node_path_namespaceObject.join)(this.path, String(index)));
    }
    removeRenewals() {
        if (!(0,external_node_fs_namespaceObject.existsSync)(this.path))
            return;
        for (const name of (0,external_node_fs_namespaceObject.readdirSync)(this.path))
            if (name !== RECORD)
                step_folder_remove((0,external_node_path_namespaceObject.join)(this.path, name));
    }
    remove() {
        const isOurs = this.#hasOnlyOwnFiles();
        if (isOurs)
            step_folder_remove(this.path);
        return isOurs;
    }
    #readRecord() {
        try {
            if (!isOwnFolder(this.path))
                return undefined;
            return parseWrittenProfiles(regular_file_readRegularText((0,external_node_path_namespaceObject.join)(this.path, RECORD), { flags: regular_file_NO_FOLLOW }));
        }
        catch {
            return undefined;
        }
    }
    #hasOnlyOwnFiles() {
        return (0,external_node_fs_namespaceObject.readdirSync)(this.path, { withFileTypes: true }).every(entry => entry.name === RECORD ? entry.isFile() : isRenewalFolder(this.path, entry));
    }
}
function isRenewalFolder(parent, entry) {
    if (!entry.isDirectory() || !/^\d{1,3}$/.test(entry.name))
        return false;
    const entries = (0,external_node_fs_namespaceObject.readdirSync)((0,external_node_path_namespaceObject.join)(parent, entry.name), { withFileTypes: true });
    return entries.every(each => each.isFile() && CredentialCache.isOwnName(each.name));
}
function isOwnFolder(path) {
    const status = (0,external_node_fs_namespaceObject.lstatSync)(path);
    return status.isDirectory() && (process.getuid === undefined || status.uid === process.getuid());
}
function step_folder_remove(path) {
    (0,external_node_fs_namespaceObject.rmSync)(path, { recursive: true, force: true, maxRetries: 3 });
}
function runnerTemp() {
    return process.env.RUNNER_TEMP || (0,external_node_os_namespaceObject.tmpdir)();
}

;// CONCATENATED MODULE: ../build/profiles/withdrawal.js





async function withdrawProfiles() {
    const name = getState('profiles');
    if (name === '')
        return;
    const found = step_folder_StepFolder.find(name);
    if (!found)
        return log_warning(NOTHING_KNOWN);
    try {
        await withdraw(found.written);
    }
    finally {
        if (!found.folder.remove())
            log_warning(`${text_quote(found.folder.path)} was not deleted, because it contains files that this action did not create.`);
    }
}
async function withdraw(written) {
    const failures = new Set();
    for (const removal of await profile_store_removeProfiles(written)) {
        const { profile, path, outcome } = removal;
        if (outcome === 'failed')
            failures.add(removal.error);
        else
            log_info(`Profile ${text_quote(profile)} in ${text_quote(path)}: ${OUTCOMES[outcome]}`);
    }
    for (const { message } of failures)
        log_warning(message);
}
const NOTHING_KNOWN = "No profiles were removed, because this step's record of them in RUNNER_TEMP is missing or isn't its own. Let no step delete files in RUNNER_TEMP. On a self-hosted runner, remove the profiles from AWS's shared files yourself.";
const OUTCOMES = {
    removed: 'taken out',
    gone: 'gone already',
    changed: 'left, as somebody has changed it since',
};

;// CONCATENATED MODULE: ../build/core/network/remote-failure.js

class remote_failure_RemoteFailure extends Error {
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
        super(text_escapeControls(failure.message), options);
        this.operation = operation;
        this.kind = failure.kind;
        this.code = text_escapeControls(failure.code);
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

;// CONCATENATED MODULE: ../build/core/outcome/step-record.js


function step_record_requestIdOf(failure, record) {
    const { cause } = failure;
    const isKnown = cause instanceof Mismatch || cause instanceof RemoteFailure;
    return isKnown ? step_record_requestIdIn(failure) : issuingCallOf(record)?.requestId;
}
function issuingCallOf({ calls = [], inputs }) {
    if (!inputs || inputs.isForSeveralRoles)
        return undefined;
    const isVerifyOnly = inputs.targets[0].roles.length === 0;
    return calls.findLast(({ operation }) => (operation === 'GetCallerIdentity') === isVerifyOnly);
}
function step_record_requestIdIn({ cause }) {
    return cause instanceof Mismatch || cause instanceof RemoteFailure ? cause.requestId : undefined;
}
function step_record_comparisonOf({ outcomes = [] }, failure) {
    const failed = outcomes.filter(step_record_hasFailed);
    const mismatch = [failure, ...failed.map(each => each.failure)]
        .map(({ cause }) => cause)
        .find(cause => cause instanceof Mismatch);
    if (mismatch)
        return mismatch;
    const [first] = outcomes;
    if (failed.length > 0 || first?.kind !== 'match')
        return undefined;
    return { expected: first.target.expected, caller: first.caller, differences: [] };
}
function step_record_hasFailed(outcome) {
    return outcome.kind === 'failed';
}

;// CONCATENATED MODULE: ../build/core/outcome/exports.js



const KEY_VARIABLES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
const LASTING_VARIABLES = ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE'];
function exports_sessionVariables(match, settings, environment) {
    const { credentials, origin } = match.session;
    const { profile } = match.target;
    if (!settings.exportsEnvironment || origin.kind === 'existing')
        return {};
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    return {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        ...(sessionToken || environment.AWS_SESSION_TOKEN ? { AWS_SESSION_TOKEN: sessionToken ?? '' } : {}),
        AWS_REGION: settings.region,
        AWS_DEFAULT_REGION: settings.region,
        ...(profile && !settings.isForSeveralRoles ? { AWS_PROFILE: profile.name } : {}),
        ...(environment.AWS_CREDENTIAL_EXPIRATION ? { AWS_CREDENTIAL_EXPIRATION: '' } : {}),
    };
}
function exports_identityOutputs(match) {
    const { session, caller, identity } = match;
    const { expiration } = session.credentials;
    return {
        'aws-account-id': identity.accountId,
        'authenticated-arn': caller.arn,
        'user-id': caller.userId,
        'aws-partition': identity.partition,
        ...(expiration ? { 'aws-expiration': formatInstant(expiration) } : {}),
        ...(identity.kind === 'assumed-role'
            ? {
                'role-name': identity.roleName,
                'role-id': roleIdOf(caller),
                'role-session-name': identity.sessionName,
            }
            : {}),
        ...(match.requestId ? { 'sts-request-id': match.requestId } : {}),
        verified: 'true',
    };
}
function exports_profileOutputs(matches) {
    const verified = matches.map(match => ({ profile: match.target.profile?.name, ...exports_identityOutputs(match) }));
    return { 'verified-profiles': JSON.stringify(verified) };
}
function exports_tokenOutputs({ claims }) {
    return claims ? { 'token-subject': claims.subject } : {};
}
function exports_credentialOutputs(match) {
    const { accessKeyId, secretAccessKey, sessionToken } = match.session.credentials;
    return {
        'aws-access-key-id': accessKeyId,
        'aws-secret-access-key': secretAccessKey,
        ...(sessionToken ? { 'aws-session-token': sessionToken } : {}),
    };
}
function exports_failureOutputs(failure, record) {
    const caller = comparisonOf(record, failure)?.caller;
    const requestId = requestIdOf(failure, record);
    return {
        'failure-code': failure.code,
        ...exports_tokenOutputs(record),
        ...(caller ? { 'actual-arn': caller.arn } : {}),
        ...(requestId ? { 'sts-request-id': requestId } : {}),
    };
}
function exports_blankedKeys(environment) {
    return Object.fromEntries(KEY_VARIABLES.filter(name => environment[name]).map(name => [name, '']));
}
function exports_cleanupState(exported, environment, hash) {
    const { AWS_ACCESS_KEY_ID: keyId } = exported;
    if (keyId === undefined)
        return {};
    const earlier = LASTING_VARIABLES.filter(name => exported[name] && environment[name]);
    return {
        keyIdHash: hash(keyId),
        earlier: JSON.stringify(Object.fromEntries(earlier.map(name => [name, environment[name]]))),
    };
}
function exports_completedState(exported) {
    return Object.keys(exported).length === 0 ? {} : { exported: 'true' };
}
function cleanedVariables(state, environment, hash) {
    const keyId = environment.AWS_ACCESS_KEY_ID ?? '';
    const isOurs = keyId !== '' && hash(keyId) === state.keyIdHash;
    if (state.exported !== 'true' && !isOurs)
        return {};
    const blanked = Object.fromEntries(KEY_VARIABLES.map(name => [name, '']));
    return { ...blanked, ...earlierValues(state.earlier ?? '') };
}
function earlierValues(json) {
    const values = parseObject(json);
    const names = LASTING_VARIABLES.filter(name => typeof values[name] === 'string');
    return Object.fromEntries(names.map(name => [name, String(values[name])]));
}
function parseObject(json) {
    try {
        return Object(JSON.parse(json));
    }
    catch {
        return {};
    }
}

;// CONCATENATED MODULE: ../build/core/base/list-values.js


function parseList(text) {
    const lines = text.split(/\r?\n/).filter(line => line.trim() !== '');
    const rows = lines.map(line => line.split(',').map(element => element.trim()));
    const elements = rows.flat();
    if (rows.some(mixesArnsAndNames)) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} has an ARN and a name on one line: write one a line, and no name with a comma`);
    }
    if (elements.includes('')) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} has an empty element between commas: take the comma or the unset variable out`);
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
        throw new invalid_value_InvalidValue(`${text_quote(lookalike)} looks like "${keyword}": write it in lower case`);
    if (!elements.includes(keyword))
        return elements;
    if (elements.length > 1)
        throw new invalid_value_InvalidValue(`"${keyword}" can't stand beside other values: write it alone or leave it out`);
    return keyword;
}
function parseAll(list, parse) {
    const wrong = [];
    const values = list.flatMap(element => {
        try {
            return [parse(element)];
        }
        catch (error) {
            if (!(error instanceof invalid_value_InvalidValue))
                throw error;
            wrong.push(error.message);
            return [];
        }
    });
    if (wrong.length > 0)
        throw new invalid_value_InvalidValue(wrong.join('; '));
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
    throw new invalid_value_InvalidValue(`${text_quote(text)} is not a boolean: write true or false`);
}
function parseNumber(text, { least, most, unit }) {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    if (value === undefined || value < least || value > most) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} must be a number of ${unit} from ${least} to ${most}, in plain digits`);
    }
    return value;
}
function parseChoice(text, choices) {
    const choice = choices.find(candidate => candidate === text);
    if (choice === undefined)
        throw new invalid_value_InvalidValue(`${text_quote(text)} is none of ${choices.join(', ')}`);
    return choice;
}
function isNone(text) {
    if (text !== 'none' && text.toLowerCase() === 'none')
        throw new invalid_value_InvalidValue(`${text_quote(text)} looks like "none": write it in lower case`);
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

;// CONCATENATED MODULE: ../build/core/network/endpoint-url.js


function parseEndpoint(text) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
        throw new invalid_value_InvalidValue('is not an https URL: write https://HOST, or http://HOST for a server of your own');
    }
    if (url.username || url.password)
        throw new invalid_value_InvalidValue('holds a user or a password, which an endpoint does not take');
    if (url.search || url.hash)
        throw new invalid_value_InvalidValue(`${text_quote(text)} holds a query or a fragment: write https://HOST`);
    return url;
}
function endpoint_url_isLoopback({ hostname }) {
    return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

;// CONCATENATED MODULE: ../build/core/network/ip-address.js
function ip_address_parseIpAddress(text) {
    return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}
function ip_address_sharePrefix(one, other, length) {
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
        throw new invalid_value_InvalidValue(`${wrong.map(showElement).join(', ')}: write hosts, domains, IP addresses or CIDR blocks, with :PORT where one port is meant, or * alone`);
    }
    return parseKnownNoProxy(text);
}
function showElement(element) {
    return element.includes('@') ? 'an element with a user or a password' : text_quote(element);
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
    const address = ip_address_parseIpAddress(bracketed ?? plain ?? '');
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

;// CONCATENATED MODULE: ../build/core/base/json-object.js

function json_object_parseJsonObject(text) {
    const value = parseJson(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new invalid_value_InvalidValue('is JSON, but no object: it must begin with { and end with }');
    }
    return value;
}
function parseJson(text) {
    try {
        return JSON.parse(text);
    }
    catch (error) {
        throw new invalid_value_InvalidValue(`is not JSON${placeOf(error, text)}: check its quotes, commas and braces`);
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
function session_tags_tagSourceOf(environment) {
    const names = [...Object.values(ESSENTIAL), ...Object.values(DROPPABLE)];
    return Object.fromEntries(names.map(name => [name, environment[name] ?? '']));
}
const GITHUB_TAG = { key: 'GitHub', value: 'Actions', droppable: false };
const OWN_KEYS = [GITHUB_TAG.key, ...Object.keys(ESSENTIAL), ...Object.keys(DROPPABLE)];
const MAX_TAGS = 50;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;
const NOT_ALLOWED = /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu;
function session_tags_sessionTags(run, custom) {
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
function session_tags_transitiveTagKeys(wanted, tags) {
    const present = new Set(tags.map(({ key }) => key));
    const distinct = [...new Set(wanted)];
    return {
        keys: distinct.filter(key => present.has(key)),
        unknown: distinct.filter(key => !present.has(key)),
    };
}
function parseCustomTags(text) {
    const object = json_object_parseJsonObject(text);
    const entries = Object.entries(object);
    const problems = [
        ...entries.flatMap(([key, value]) => [...keyProblems(key), ...valueProblems(key, value)]),
        ...repeatedKeys(text, object),
        ...spellingsOfOneKey(Object.keys(object)),
        ...countProblems(entries.length),
    ];
    if (problems.length > 0)
        throw new invalid_value_InvalidValue(problems.join('; '));
    return entries.map(([key, value]) => ({ key, value: String(value), droppable: false }));
}
function keyProblems(key) {
    if (key === '')
        return ['a key is empty: give the tag a name'];
    const what = `the key ${text_quote(key)}`;
    const own = OWN_KEYS.find(candidate => candidate.toLowerCase() === key.toLowerCase());
    return [
        ...textProblems(what, key, MAX_KEY_LENGTH),
        ...(own ? [`${what} is that of a tag that the action sends itself (${own}): choose another`] : []),
    ];
}
function valueProblems(key, value) {
    const what = `the value of ${text_quote(key)}`;
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
        problems.push(`${what} holds ${text_quote([...found].join(''))}: AWS takes letters, digits, blanks and _.:/=+-@ in tags`);
    }
    return problems;
}
function repeatedKeys(text, object) {
    const repeated = new Set(duplicateKeysIn(text).filter(key => Object.hasOwn(object, key)));
    return [...repeated].map(key => `the key ${text_quote(key)} stands twice: take one of them out`);
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
                `the keys ${text_quote(other)} and ${text_quote(key)} differ in case alone, and are one to AWS: keep one of them`,
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
            throw new invalid_value_InvalidValue(`${text_quote(line)} is neither claim=value nor claim~pattern`);
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
function required_claims_formatRequiredClaims(required) {
    return required.flatMap(({ claim, alternatives }) => alternatives.map(({ kind, text }) => `${claim}${kind === 'value' ? '=' : '~'}${text}`));
}
function failedClaims(required, { all }) {
    return required.filter(({ claim, alternatives }) => {
        return !claimValues(all, claim).some(value => alternatives.some(({ kind, text }) => isMet(kind, text, value)));
    });
}
function assertClaims(required, claims) {
    const { all } = claims;
    const wrong = failedClaims(required, claims);
    if (wrong.length === 0)
        return;
    const lines = wrong.map(({ claim, alternatives }) => {
        const wanted = alternatives
            .map(({ kind, text }) => `${kind === 'pattern' ? 'like ' : ''}${quote(text)}`)
            .join(' or ');
        return `- ${claim}: expected ${wanted}, got ${formatClaim(all, claim)}`;
    });
    throw new GateError('ERR_CLAIM_MISMATCH', `this run's token doesn't match required-claims\n${lines.join('\n')}`, 'AWS was not called, and no credentials were exported. If this run should pass, correct required-claims. If not, the gate did its job.');
}
function isMet(kind, wanted, actual) {
    return kind === 'value' ? actual === wanted : matchesPattern(actual, wanted);
}
function formatClaim(all, claim) {
    if (!Object.hasOwn(all, claim))
        return 'no such claim';
    const values = claimValues(all, claim);
    return values.length > 0 ? values.map(value => `"${escapeControls(value)}"`).join(', ') : 'no text';
}

;// CONCATENATED MODULE: ../build/core/identity/arn-problems.js



function arn_problems_whyNotArn(text) {
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
    if (!isAccountId(accountId))
        return `; its account ${text_quote(accountId)} does not have exactly 12 digits`;
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
        : `; it contains ${text_quote(foreign)}, and a path or name may only contain letters, digits and +=,.@_- here (IAM allows more in a path)`;
}
function whyNotRole(text) {
    if (/^arn:[^:]*:sts:/.test(text))
        return "; this is a session's ARN, not the role's";
    return /^arn:[^:]*:iam::\d{12}:(?!role\/)/.test(text)
        ? '; what follows the account must begin with role/'
        : '';
}

;// CONCATENATED MODULE: ../build/core/inputs/role-values.js






const PSEUDO_REGION = /(^|-)(fips|global)(-|$)/;
function parseRegion(text) {
    const isHostLabel = /^[a-z0-9-]{1,63}$/.test(text) && !text.startsWith('-') && !text.endsWith('-');
    if (!isHostLabel || PSEUDO_REGION.test(text)) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} is not a region: write its code, such as eu-west-1${whyNotPlain(text)}`);
    }
    return text;
}
function parseAccountId(text) {
    if (!isAccountId(text)) {
        const lostZero = /^\d{1,11}$/.test(text) ? ' (YAML drops a leading 0 unless the ID is in quotes)' : '';
        throw new invalid_value_InvalidValue(`${text_quote(text)} is not an account ID: it has exactly 12 digits${lostZero}${whyNotPlain(text)}`);
    }
    return text;
}
function parseRoleId(text) {
    if (!/^AROA[A-Z0-9]{4,124}$/.test(text)) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} is not a role's unique ID: it starts with AROA (aws iam get-role shows it as RoleId)`);
    }
    return text;
}
function parseRoleToAssume(text) {
    if (isNone(text))
        return 'none';
    return arn_isRoleName(text) ? { kind: 'role-name', roleName: text } : parseRole(text);
}
function parseRole(text) {
    const role = arn_parseRoleArn(text);
    if (!role) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} is not a role ARN: write arn:aws:iam::ACCOUNT:role/NAME${arn_problems_whyNotArn(text) || whyNotRole(text)}`);
    }
    return role;
}
function parseSessionName(text) {
    const name = text.replaceAll(/[^\w+=,.@-]/gu, '-').slice(0, 64);
    if (name.length < 2)
        throw new invalid_value_InvalidValue(`${text_quote(text)} is too short for a session name: write 2 to 64 characters`);
    return name;
}
function parseExternalId(text) {
    if (!/^[\w+=,.@:/-]{2,1224}$/.test(text)) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} is not an external ID: write 2 to 1224 letters, digits and +=,.@:/_-`);
    }
    return text;
}
function parseSourceIdentity(text) {
    if (!/^[\w+=,.@-]{2,64}$/.test(text)) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} is not a source identity: write 2 to 64 letters, digits and +=,.@_-${whyNotPlain(text)}`);
    }
    return text;
}
function parseKey(text) {
    if (!isKey(text)) {
        throw new invalid_value_InvalidValue('contains whitespace or characters that keys never have: store it again without line breaks');
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
        throw new invalid_value_InvalidValue(`has ${lines.length} lines: write at most ${MAX_PROFILES} and put the rest in another step`);
    const profiles = parseAll(lines, parseProfileRole);
    const names = profiles.map(({ name }) => name);
    const twice = names.filter((name, index) => names.indexOf(name) < index);
    if (twice.length > 0)
        throw new invalid_value_InvalidValue(`names ${twice.map(text_quote).join(', ')} more than once: write each once`);
    return profiles;
}
function parseProfileRole(line) {
    const sign = line.indexOf('=');
    if (sign < 0)
        throw new invalid_value_InvalidValue(`${text_quote(line)} is not PROFILE=ROLE: write a profile's name, =, and the ARN of its role`);
    const [name, arn] = [line.slice(0, sign).trimEnd(), line.slice(sign + 1).trimStart()];
    if (holdsAnotherProfile(arn))
        throw new invalid_value_InvalidValue(`${text_quote(line)} contains several profiles or a comma: write each profile on its own line`);
    try {
        return { name: parseProfileName(name), role: parseRole(arn) };
    }
    catch (error) {
        if (!(error instanceof invalid_value_InvalidValue))
            throw error;
        throw new invalid_value_InvalidValue(`in ${text_quote(line)}, ${error.message}`);
    }
}
function holdsAnotherProfile(arn) {
    const role = arn.search(NEXT_ROLE);
    return arn.endsWith(',') || (role >= 0 && /[,\s]/.test(arn.slice(0, role)));
}
const NEXT_ROLE = /=\s*arn:/;
function parseSingleProfile(text) {
    if (NEXT_ROLE.test(text))
        throw new invalid_value_InvalidValue('contains a role; use aws-profiles');
    return parseProfileName(text);
}
function parseProfileName(text) {
    if (!isProfileName(text)) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} is not a profile name that all tools understand: write at most 64 letters, digits and _.@+%:-${whyNotPlain(text)}`);
    }
    return text;
}

;// CONCATENATED MODULE: ../build/core/inputs/session-policy.js





const MOST_CHARACTERS = 2048;
const MOST_POLICIES = 10;
const FOREIGN = /[^\t\n\r\u0020-\u00ff]/gu;
function parseInlinePolicy(text) {
    const policy = json_object_parseJsonObject(text);
    const problems = [...statementProblems(policy), ...characterProblems(text)];
    if (problems.length > 0)
        throw new invalid_value_InvalidValue(problems.join('; '));
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
        `contains ${text_quote([...foreign].join(''))}, which AWS doesn't allow in a policy: use a \\uXXXX escape`,
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
        throw new invalid_value_InvalidValue(problems.join('; '));
    return arns;
}
function arnProblem(text) {
    const reason = whyNotOneArn(text) || (text.includes(':iam::aws:') ? '' : arn_problems_whyNotArn(text));
    return `${text_quote(text)} is not a managed policy: write arn:aws:iam::ACCOUNT:policy/NAME, with aws as the account of AWS managed policies${reason}`;
}
function session_policy_policyProblems(inline, managed, partition) {
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
        `managed-session-policies: ${foreign.map(quote).join(', ')} must be in the region's partition: write arn:${partition}:…`,
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
    'http-proxy': optional(parseProxy),
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
function declared_inputs_parseEach(raw) {
    const values = {};
    const problems = [];
    const unparsed = new Set();
    for (const name of declared_inputs_INPUT_NAMES) {
        try {
            values[name] = parseOne(declared_inputs_DECLARED_INPUTS[name], raw[declared_inputs_rawName(name)]);
        }
        catch (error) {
            if (!(error instanceof InvalidValue))
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
        throw new InvalidValue(blankProblem(byDefault));
    return parse(given || byDefault);
}
function blankProblem(byDefault) {
    if (byDefault === '')
        return 'is required, but blank or missing';
    return `is blank, perhaps from an unset variable: set a value, or write "${byDefault}" if you mean that`;
}
function parseTranslateEnvVariables(text) {
    if (parseBoolean(text))
        throw new invalid_value_InvalidValue('is true, but environment variables never set inputs here, because an earlier step can set them: set each input under `with:`, and remove this one or set it to false');
    return false;
}
function mapList(list, parse) {
    return typeof list === 'string' ? list : parseAll(list, parse);
}
function parseExpectedRole(text) {
    const list = parseListOr(text, 'any');
    return typeof list === 'string' ? list : parseListOr(text, 'role-to-assume');
}

;// CONCATENATED MODULE: ../build/core/inputs/input-checks.js





function input_checks_sourceOf(values, environment) {
    return chooseSource(factsOf(values, environment));
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
    return values['role-to-assume'] !== 'none' || input_checks_wantsProfiles(values);
}
function input_checks_wantsProfiles(values) {
    return values.unparsed.has('aws-profiles') || values['aws-profiles'] !== undefined;
}
function input_checks_wantsKeysInEnvironment(values) {
    if (values.unparsed.has('output-env-credentials') || values.unparsed.has('aws-profile'))
        return false;
    return values['output-env-credentials'] ?? (values['aws-profile'] === undefined && !input_checks_wantsProfiles(values));
}
function input_checks_switchOf(values, name, environment) {
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
function input_checks_partitionProblems(name, actual, partition, region = '', place = '') {
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
        ...first.flatMap(each => input_checks_partitionProblems('role-to-assume', each.partition, partition, region)),
        ...chain.flatMap(each => input_checks_partitionProblems('role-chain', each.partition, partition, region)),
        ...profiles.flatMap(({ name, role }) => input_checks_partitionProblems('aws-profiles', role.partition, partition, region, `in ${quote(name)}, `)),
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
const KEY_INPUTS = (/* unused pure expression or super */ null && (['aws-access-key-id', 'aws-secret-access-key']));
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
    if (role === 'none' && chain.length > 0 && !input_checks_wantsProfiles(values))
        return ['role-chain: continues from role-to-assume, which is none: write the first role there'];
    if (typeof role !== 'object' || role.kind === 'role')
        return [];
    const { kind } = input_checks_sourceOf(values, environment);
    if (kind === 'access-keys' || kind === 'existing')
        return [];
    return [
        `role-to-assume: ${quote(role.roleName)} has no account ID, and neither does a token: write the ARN (arn:${partition ?? 'aws'}:iam::ACCOUNT:role/${role.roleName})`,
    ];
}
const MAX_CHAINED_SECONDS = 3600;
function checkDurations(values, environment) {
    const { 'role-duration-seconds': seconds = 0, 'role-chain': chain = [] } = values;
    const startsFromSession = values['role-chaining'] && input_checks_sourceOf(values, environment).kind === 'existing';
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
    const { kind } = input_checks_sourceOf(values, environment);
    if (required.length === 0 || kind === 'oidc' || kind === 'token-file')
        return [];
    if (input_checks_expectsToken(values))
        return [];
    return [
        "required-claims: needs a token, but the credentials come from elsewhere: remove it, or assume the role with GitHub's OIDC token",
    ];
}
function input_checks_expectsToken(values) {
    const facts = {
        ...factsOf(values, {}),
        roleChaining: values['role-chaining'] ?? false,
        forceSkipOidc: values['force-skip-oidc'] ?? false,
        offersIdToken: true,
    };
    return chooseSource(facts).kind === 'oidc';
}
function checkEndpoints(values, environment) {
    return ['use-fips-endpoint', 'use-dualstack-endpoint'].flatMap(name => {
        if (values[name] && values['sts-endpoint'])
            return [`${name}: only works with AWS's own endpoints: remove it or sts-endpoint`];
        if (input_checks_switchOf(values, name, environment) !== undefined)
            return [];
        const variable = SWITCH_VARIABLES[name];
        return [
            `the environment: ${variable} is ${quote(environment[variable] ?? '')}, which is neither true nor false: correct it, or set ${name}`,
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
        `ca-bundle: ${quote(path)} can't be used: ${escapeControls(reason)}: set the path, relative to the workspace, of a PEM file (-----BEGIN CERTIFICATE-----)`,
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
    if (current && current !== name && input_checks_wantsKeysInEnvironment(values) && makesCredentials(values)) {
        problems.push(`output-env-credentials: AWS_PROFILE is ${quote(current)}, and some SDKs would use that profile instead of the verified keys: remove it from the env: or from the earlier step that exports it, name it in aws-profile, or set output-env-credentials to false`);
    }
    const leavesToTools = !makesCredentials(values) || values['use-existing-credentials'];
    if (leavesToTools)
        problems.push(...rivalSources(environment));
    if (leavesToTools || name !== undefined || input_checks_wantsProfiles(values))
        problems.push(...oddPaths(environment));
    if (environment.AWS_SECURITY_TOKEN && (input_checks_wantsKeysInEnvironment(values) || !makesCredentials(values)))
        problems.push('the environment: AWS_SECURITY_TOKEN is set, and botocore would use it instead of AWS_SESSION_TOKEN: remove it from the env: or from the earlier step that exports it');
    return problems;
}
function checkRenewal(values, environment) {
    if (!values['refresh-credentials'])
        return [];
    const problems = [];
    if (!values['aws-profile'] && !values.unparsed.has('aws-profile') && !input_checks_wantsProfiles(values))
        problems.push('refresh-credentials: needs aws-profile or aws-profiles');
    if (values['output-env-credentials'])
        problems.push('output-env-credentials: is true with refresh-credentials, but SDKs would use those keys before the profile and never renew them: remove one of them');
    if (values['use-existing-credentials'])
        problems.push("use-existing-credentials: keeps credentials that refresh-credentials can't renew: remove one of them");
    if (values['http-proxy']?.password)
        problems.push("http-proxy: contains a password, which refresh-credentials would have to keep in a file: set HTTPS_PROXY in the job's env instead");
    if (input_checks_sourceOf(values, environment).kind !== 'oidc' && !input_checks_expectsToken(values))
        problems.push("refresh-credentials: needs GitHub's OIDC token for each renewal, but the credentials come from elsewhere: remove it, or assume the role with that token");
    return problems;
}
function checkSeveralRoles(values) {
    if (!input_checks_wantsProfiles(values))
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
            `the environment: ${name} is ${quote(path)}, and tools disagree on which file that is: write its path without variables, or with ~/ for the home folder`,
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
        `the environment: NODE_DEBUG is ${quote(debug)}, and Node would print tokens before they are masked: unset it for this step`,
    ];
}
function checkRegionVariable(raw, { AWS_REGION: region }) {
    if (raw[rawName('aws-region')]?.trim() || !region)
        return [];
    return ['the environment: AWS_REGION is set, but inputs only come from `with:`: set aws-region there'];
}
function input_checks_unusedInputs(values, environment) {
    const warnings = [
        ...sourceConflicts(factsOf(values, environment)).warnings,
        ...takenByAssumeRoleAlone(values, environment),
    ];
    if (values['output-env-credentials'] && !makesCredentials(values))
        warnings.push("output-env-credentials: is ignored, because existing credentials aren't exported again");
    const profile = values['aws-profile'] !== undefined ? 'aws-profile' : 'aws-profiles';
    const hasProfile = values[profile] !== undefined;
    if (hasProfile && !input_checks_wantsKeysInEnvironment(values) && environment.AWS_ACCESS_KEY_ID)
        warnings.push(`${profile}: the environment has keys from an earlier step, and tools that use AWS_PROFILE may still pick those keys: use --profile, or set unset-current-credentials to true`);
    if (values['overwrite-aws-profile'] && !hasProfile)
        warnings.push('overwrite-aws-profile: is ignored, because no profile is written');
    const { kind } = input_checks_sourceOf(values, environment);
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
    const { kind } = input_checks_sourceOf(values, environment);
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
        : [`transitive-tag-keys: ${unknown.map(quote).join(', ')}: ignored, because no tag has that key`];
}
function skippedTags(values) {
    const given = ['custom-tags', 'transitive-tag-keys'].filter(name => values[name] !== undefined);
    if (given.length === 0)
        return [];
    return [`${given.join(', ')}: ignored, because role-skip-session-tagging is true`];
}

;// CONCATENATED MODULE: ../build/core/inputs/expected-input.js





function expected_input_expectedIdentitiesOf(values, partition) {
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
    return { identities: last.kind === 'role' ? [expectRole(last)] : 'role-assumed', problems: [] };
}
function parseElement(text, { partition, region, accountIds }) {
    const [accountId, ...others] = accountIds;
    const home = partition && accountId && others.length === 0 ? { partition, accountId } : undefined;
    const identity = parseExpectedIdentity(text, home);
    if (identity) {
        const problems = partitionProblems('expected-role', identity.partition, partition, region);
        return { identity, problems };
    }
    if (isRoleName(text) && others.length > 0) {
        return {
            problems: [`expected-role: ${quote(text)} could be in ${accountIds.join(' or ')}: write its ARN`],
        };
    }
    if (isRoleName(text) && !partition)
        return { problems: [] };
    const forms = 'a role ARN, an assumed-role ARN, a user ARN, or a role name if a single account is known';
    return { problems: [`expected-role: ${quote(text)} is not ${forms}${whyNotArn(text)}`] };
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
var mod = __nccwpck_require__(818);
;// CONCATENATED MODULE: ../build/core/inputs/misspelled-names.js



const GUARD_WORD = /(^|-)(expected|allowed|forbidden|required)-/;
const GUARD_VERB = /allow|forbid|den(y|ie)|expect|requir/;
const GUARD_SUBJECT = /role|account|claim/;
function soundsLikeGuard(name) {
    return GUARD_WORD.test(name) || (GUARD_VERB.test(name) && GUARD_SUBJECT.test(name));
}
function misspelled_names_misspelledNames(raw) {
    const declaredNames = INPUT_NAMES.map(rawName);
    const undeclared = Object.keys(raw).filter(name => !declaredNames.includes(name));
    return undeclared.flatMap(name => {
        const asked = name.toLowerCase().replaceAll('_', '-');
        const meant = nearestTo(asked);
        if (meant.length === 0 && !soundsLikeGuard(asked))
            return [];
        const fix = meant.length > 0 ? `did you mean ${meant.join(' or ')}?` : 'see docs/inputs.md for the guards';
        return [`${quote(name.toLowerCase())} is not an input: ${fix}`];
    });
}
const MOST_EDITS = 2;
function nearestTo(asked) {
    const edits = INPUT_NAMES.map(name => distance(asked, name));
    const least = Math.min(...edits);
    return least > MOST_EDITS ? [] : INPUT_NAMES.filter((_, index) => edits[index] === least);
}

;// CONCATENATED MODULE: ../build/core/inputs/inputs.js








function parseInputs(raw, surroundings) {
    const { partitionOf, environment } = surroundings;
    const { values, problems } = parseEach(raw);
    const partition = values['aws-region'] && partitionOf(values['aws-region']);
    const expected = expectedIdentitiesOf(values, partition);
    problems.push(...misspelledNames(raw), ...expected.problems, ...contradictions(values, { raw, partition, ...surroundings }));
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
function inputs_accountIdsOf({ targets }) {
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
    return new GateError('ERR_INPUT_INVALID', `some inputs are invalid\n${problems.map(problem => `- ${problem}`).join('\n')}`, "Correct the step's `with:`, or the environment variable that a line names. Nothing was sent to GitHub or AWS.");
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
        notices: sessionNameNotices(raw[rawName('role-session-name')]?.trim(), values['role-session-name']),
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
        expected: { ...expected, identities: [expectRole(role)] },
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
        `role-session-name: ${quote(asked)} has characters or a length that AWS doesn't allow; using ${quote(used)}`,
    ];
}
function endpointWarnings(endpoint) {
    if (!endpoint || endpoint.protocol === 'https:' || isLoopback(endpoint))
        return [];
    return [
        `sts-endpoint: ${quote(endpoint.origin)} is plain http: anyone on the network can read the token and the credentials`,
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

;// CONCATENATED MODULE: ../build/core/outcome/identity-record.js







const SCHEMA = 1;
const RUN_CLAIMS = (/* unused pure expression or super */ null && ([
    'repository',
    'repository_id',
    'repository_owner',
    'repository_owner_id',
    'ref',
    'sha',
    'environment',
    'event_name',
    'actor',
    'actor_id',
    'workflow_ref',
    'workflow_sha',
    'job_workflow_ref',
    'job_workflow_sha',
    'run_id',
    'run_number',
    'run_attempt',
    'check_run_id',
    'runner_environment',
    'jti',
]));
function identity_record_formatIdentityRecord(record, ending, at, { secrets, accountIds }) {
    const known = knownAccountIds(record, ending);
    const json = JSON.stringify(identityRecord(record, ending, at), (name, value) => {
        if (typeof value !== 'string')
            return value;
        const text = secrets(value);
        return isIdentifier(name, text) && !known.includes(text) ? text : accountIds(text, MASKED);
    });
    return json.replaceAll(/[^ -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
const MASKED = 'masked';
function isIdentifier(name, text) {
    if (NUMBERED.includes(name))
        return /^\d{1,20}$/.test(text);
    return /^(?:[\da-f]{40}|[\da-f]{64})$/.test(text) || UUID.test(text);
}
const NUMBERED = (/* unused pure expression or super */ null && ([
    'runId',
    'runNumber',
    'runAttempt',
    'repositoryId',
    'run_id',
    'run_number',
    'run_attempt',
    'check_run_id',
    'repository_id',
    'repository_owner_id',
    'actor_id',
]));
function identityRecord(record, ending, at) {
    const { inputs, claims, run, calls = [] } = record;
    const first = inputs?.targets[0];
    const match = 'matches' in ending ? ending.matches[0] : undefined;
    const last = calls.at(-1);
    return {
        schema: SCHEMA,
        verified: match !== undefined,
        failureCode: 'failure' in ending ? ending.failure.code : null,
        expected: inputs && first ? expectedOf(first, inputs) : null,
        actual: actualOf(callerIn(record, ending)),
        session: inputs && match ? sessionOf(match, inputs) : null,
        token: claims ? tokenOf(claims) : null,
        sts: last
            ? {
                host: last.host,
                region: last.region,
                requests: calls.map(({ operation, requestId }) => ({ operation, requestId })),
            }
            : null,
        run: runOf(run),
        action: run?.action ?? { repository: '', ref: '' },
        at: formatInstant(at),
        ...(inputs?.isForSeveralRoles
            ? { profiles: (record.outcomes ?? []).map(outcome => profileOf(outcome, inputs, match !== undefined)) }
            : {}),
    };
}
function runOf(run) {
    return Object.fromEntries(RUN_FIELDS.map(name => [name, run?.[name] ?? '']));
}
const RUN_FIELDS = (/* unused pure expression or super */ null && ([
    'repository',
    'repositoryId',
    'runId',
    'runNumber',
    'runAttempt',
    'workflowRef',
    'ref',
    'sha',
    'actor',
]));
function profileOf(outcome, inputs, passed) {
    const { target } = outcome;
    const failure = hasFailed(outcome) ? outcome.failure : undefined;
    const caller = hasFailed(outcome) ? comparisonOf({}, outcome.failure)?.caller : outcome.caller;
    return {
        profile: target.profile?.name ?? null,
        verified: failure === undefined,
        failureCode: failure?.code ?? null,
        requestId: (hasFailed(outcome) ? requestIdIn(outcome.failure) : outcome.requestId) ?? null,
        expected: expectedOf(target, inputs),
        actual: actualOf(caller),
        session: passed && !hasFailed(outcome) ? sessionOf(outcome, inputs) : null,
    };
}
function callerIn(record, ending) {
    return 'matches' in ending ? ending.matches[0].caller : comparisonOf(record, ending.failure)?.caller;
}
function expectedOf(target, { requiredClaims }) {
    const { roleIds, allowedAccountIds, forbiddenAccountIds } = target.expected;
    return {
        identities: identitiesOf(target),
        roleIds,
        allowedAccountIds,
        forbiddenAccountIds,
        requiredClaims: formatRequiredClaims(requiredClaims),
    };
}
function identitiesOf({ roles, expected }) {
    const { identities } = expected;
    if (identities === 'any')
        return 'any';
    if (identities !== 'role-assumed')
        return identities.map(comparableArn);
    return roles.slice(-1).map(role => (role.kind === 'role' ? comparableArn(expectRole(role)) : role.roleName));
}
function actualOf(caller) {
    if (!caller)
        return null;
    const { arn, accountId, userId } = caller;
    return { arn, accountId, userId, partition: arn.split(':')[1] ?? '' };
}
function sessionOf({ session, identity, caller }, { source }) {
    const { expiration } = session.credentials;
    const isRole = identity.kind === 'assumed-role';
    return {
        name: isRole ? identity.sessionName : null,
        roleId: isRole ? roleIdOf(caller) : null,
        expiration: expiration ? formatInstant(expiration) : null,
        source: identity_record_sourceOf(session, source.kind),
    };
}
function identity_record_sourceOf({ origin }, kind) {
    return origin.kind === 'existing' ? 'existing' : kind;
}
function tokenOf({ issuer, audiences, subject, all }) {
    const present = RUN_CLAIMS.filter(name => Object.hasOwn(all, name) && typeof all[name] === 'string');
    return {
        issuer,
        audience: audiences,
        subject,
        claims: Object.fromEntries(present.map(name => [name, all[name]])),
    };
}
function knownAccountIds(record, ending) {
    const { inputs, outcomes = [] } = record;
    const callers = [
        callerIn(record, ending),
        ...outcomes.map(outcome => hasFailed(outcome) ? comparisonOf({}, outcome.failure)?.caller : outcome.caller),
    ];
    return [
        ...(inputs ? accountIdsOf(inputs) : []),
        ...callers.flatMap(caller => (caller ? accountIdsIn(caller) : [])),
    ];
}

;// CONCATENATED MODULE: ../build/core/network/clock-skew.js
const LEAST_SKEW_MS = 4 * 60_000;
const TIME_CODES = ['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture'];
const SIGNATURE_CODES = ['SignatureDoesNotMatch', 'InvalidSignatureException', 'AuthFailure'];
function clock_skew_isAboutTime({ code, message }) {
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

;// CONCATENATED MODULE: ../build/core/network/retry-policy.js

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
    return clock !== undefined && clock_skew_isAboutTime(failure) && isOff(clock.aheadMs - clock.signedAheadMs);
}
function isAwaitingPropagation({ isOfNewSession, code }) {
    return isOfNewSession && NOT_YET_PROPAGATED.includes(code);
}
function retry_policy_decide(failure, asksDeniedAgain = false) {
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
function settings_renewalInputs(raw, inputs, { roles: [role] }, roots) {
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
function settings_formatRenewalSettings({ raw, run }) {
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
    if (!(cause instanceof RemoteFailure))
        return false;
    const { kind, operation } = cause;
    if (kind !== 'error-response' || isAboutTime(cause))
        return true;
    const isPage = operation !== 'GetIdToken' && cause.code === '';
    return isPage || (code !== 'ERR_STS_REJECTED' && decide(cause) !== 'final');
}
const INCONCLUSIVE = (/* unused pure expression or super */ null && ([
    'ERR_OIDC_NOT_PERMITTED',
    'ERR_INPUT_INVALID',
    'ERR_STS_UNAVAILABLE',
    'ERR_TIMEOUT',
    'ERR_PROFILE_WRITE',
]));

;// CONCATENATED MODULE: ../build/runner/workspace-file.js




function workspace_file_readWorkspaceFile(file) {
    return readRegularText(fromWorkspace(file));
}
const KUBELET_TOKEN = /^\/var\/run\/secrets\/[^/]+\/serviceaccount\/token$/;
function readTokenFile(name) {
    const file = fromWorkspace(name);
    if (KUBELET_TOKEN.test(path.normalize(name)))
        return readRegularText(file);
    const base = workspace_file_isWithin(workspace(), file) ? workspace() : path.parse(file).root;
    const expected = path.join(realpathSync(base), path.relative(base, file));
    const actual = realpathSync(file);
    if (!isSame(actual, expected))
        throw new Error(`a symbolic link on its path leads to ${quote(actual)}, which may be another job's token: if that is the file you mean, give that path`);
    return readRegularText(file, { flags: NO_FOLLOW });
}
function fromWorkspace(file) {
    return path.resolve(workspace(), file);
}
function workspace() {
    return path.resolve(process.env.GITHUB_WORKSPACE ?? '');
}
function workspace_file_isWithin(folder, file, { isAbsolute, relative, sep } = path) {
    const rest = relative(folder, file);
    return !isAbsolute(rest) && rest.split(sep)[0] !== '..';
}
function isSame(one, other, { relative } = path) {
    return relative(one, other) === '';
}

;// CONCATENATED MODULE: ../build/runner/ca-bundle.js



const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const read = new Map();
function ca_bundle_readRoots(path) {
    if (path === undefined)
        return [];
    const known = read.get(path);
    if (known)
        return known;
    const texts = readWorkspaceFile(path).match(CERTIFICATE) ?? [];
    if (texts.length === 0)
        throw new Error('it holds no certificate in PEM');
    const roots = texts.map(text => new X509Certificate(text).toString());
    read.set(path, roots);
    return roots;
}
function ca_bundle_caBundleProblem(path) {
    try {
        ca_bundle_readRoots(path);
        return undefined;
    }
    catch (error) {
        return reasonOf(error);
    }
}

;// CONCATENATED MODULE: ../build/core/outcome/command-file-failure.js


function commandFileFailure({ name, path, cause }, left) {
    const place = path === '' ? '' : ` (${text_quote(path)})`;
    return new failure_GateError('ERR_UNEXPECTED', `${name}${place} can't be written: ${text_escapeControls(failure_reasonOf(cause))}`, `${consequenceOf(left)}\n${adviceFor(cause)}`, { cause: new RunnerError(failure_reasonOf(cause), { cause }), likelyCause: 'files of the runner' });
}
function consequenceOf(left) {
    if (left.length === 0)
        return 'No credentials were exported.';
    return `What was already written to ${left.join(' and ')} couldn't be removed, so later steps may get some of it. If that includes credentials, the post step blanks their variables when the job ends. To keep them from later steps, cancel the job.`;
}
function adviceFor(cause) {
    const { code } = Object(cause);
    switch (code) {
        case 'ENOSPC':
        case 'EDQUOT':
            return "Whoever runs the runner: free up disk space where the runner's files are, or raise the quota. Then run the job again.";
        case 'EFBIG':
            return "Whoever runs the runner: raise the limit on file sizes (ulimit -f) of the runner's user. Then run the job again.";
        case 'EACCES':
        case 'EPERM':
        case 'EROFS':
            return "Whoever runs the runner: let its user write to this file. Check the file's permissions and attributes, and whether its disk is mounted read-only.";
        case undefined:
        case 'ENOENT':
        case 'ENOTDIR':
        case 'EISDIR':
        case 'ENXIO':
        case 'ELOOP':
            return 'The runner creates this file for every step. Check whether an earlier step removed or replaced it.';
        default:
            return 'Whoever runs the runner: check its disk and its system log. Then run the job again.';
    }
}

;// CONCATENATED MODULE: ../build/runner/command-file.js





let areClosed = false;
function closeCommandFiles() {
    areClosed = true;
}
function areCommandFilesClosed() {
    return areClosed;
}
function command_file_appendTogether(...appends) {
    if (areClosed)
        throw new Error('the step is over');
    const texts = appends
        .filter(([, variables]) => Object.keys(variables).length > 0)
        .map(([name, variables]) => [name, format(variables)]);
    const files = new CommandFiles();
    try {
        for (const [name] of texts)
            files.open(name);
        for (const [name, text] of texts)
            files.append(name, text);
    }
    finally {
        files.close();
    }
}
class CommandFiles {
    #files = new Map();
    open(name) {
        if (this.#files.has(name))
            return;
        const path = process.env[name] ?? '';
        this.#told(name, path, () => {
            if (path === '')
                throw new Error('the variable is not set, as it is in every step of a GitHub runner');
            const descriptor = openRegular(path, external_node_fs_namespaceObject.constants.O_WRONLY | external_node_fs_namespaceObject.constants.O_APPEND);
            this.#files.set(name, { path, descriptor, length: (0,external_node_fs_namespaceObject.fstatSync)(descriptor).size });
        });
    }
    append(name, text) {
        const file = this.#files.get(name);
        if (!file)
            throw new Error(`${name} is not open`);
        this.#told(name, file.path, () => writeWhole(file.descriptor, Buffer.from(text)));
    }
    close() {
        for (const { descriptor } of this.#files.values())
            closeQuietly(descriptor);
    }
    #told(name, path, work) {
        try {
            work();
        }
        catch (error) {
            throw commandFileFailure({ name, path, cause: named(error) }, this.#takeBack());
        }
    }
    #takeBack() {
        return [...this.#files].filter(([, file]) => !isTakenBack(file)).map(([name]) => name);
    }
}
function isTakenBack({ descriptor, length }) {
    try {
        if ((0,external_node_fs_namespaceObject.fstatSync)(descriptor).size !== length)
            (0,external_node_fs_namespaceObject.ftruncateSync)(descriptor, length);
        return true;
    }
    catch {
        return false;
    }
}
function named(error) {
    const { code, errno, message } = Object(error);
    const name = Object.entries(external_node_os_namespaceObject.constants.errno).find(([, number]) => number === -errno)?.[0];
    if (code !== 'UNKNOWN' || name === undefined)
        return error;
    return Object.assign(new Error(message.replace(code, name), { cause: error }), { code: name });
}
function closeQuietly(descriptor) {
    try {
        (0,external_node_fs_namespaceObject.closeSync)(descriptor);
    }
    catch {
    }
}
function writeWhole(descriptor, bytes) {
    for (let written = 0; written < bytes.length;)
        written += (0,external_node_fs_namespaceObject.writeSync)(descriptor, bytes, written);
}
function format(variables) {
    const delimiter = `ghadelimiter_${(0,external_node_crypto_namespaceObject.randomUUID)()}`;
    const blocks = Object.entries(variables).map(([name, value]) => [`${name}<<${delimiter}`, value, delimiter]);
    return `${blocks.flat().join(external_node_os_namespaceObject.EOL)}${external_node_os_namespaceObject.EOL}`;
}

;// CONCATENATED MODULE: ../node_modules/@aws-sdk/util-endpoints/dist-es/index.js



;// CONCATENATED MODULE: ../build/runner/inputs.js


const PREFIX = 'INPUT_';
function inputs_readInputs() {
    const inputs = {};
    for (const [name, value = ''] of Object.entries(process.env)) {
        if (name.startsWith(PREFIX))
            inputs[name.slice(PREFIX.length)] = value;
    }
    return inputs;
}
function readSurroundings() {
    return { partitionOf: region => partition(region).name, caBundleProblem, environment: process.env };
}
function readRenewalSurroundings() {
    const names = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'NODE_DEBUG'];
    const environment = Object.fromEntries(names.map(name => [name, process.env[name]]));
    return { ...readSurroundings(), environment };
}

;// CONCATENATED MODULE: ../build/profiles/export.js













const NONE = { takeBack: async (error) => error };
async function export_exportProfiles(matches, settings, pause) {
    const folder = StepFolder.plan();
    const entries = matches.flatMap((match, index) => entryOf(match, folder.renewalFiles(index), settings));
    const [first] = entries;
    if (!first)
        return NONE;
    const { name, overwrites, refreshes } = first.profile;
    const profiles = entries.map(entry => namingProfile(name, () => export_profileOf(entry)));
    const plan = planProfiles(profiles, process.env);
    await assertWritable(plan, { overwrite: overwrites, pause });
    namingProfile(name, () => folder.create(plan.written));
    const takeBack = async (error, mayBeThere = true) => {
        const left = await removeAll(folder, plan.written, mayBeThere);
        return left.length === 0 ? error : toGateError(error).reworded({ hint: stillThere(left) });
    };
    try {
        appendTogether(['GITHUB_STATE', { profiles: folder.name }]);
        if (refreshes)
            namingProfile(name, () => entries.forEach(createRenewal));
        await writeProfiles(plan, { overwrite: overwrites, pause });
    }
    catch (error) {
        throw await takeBack(error, mayBeLeft(error));
    }
    return { takeBack };
}
async function removeAll(folder, written, mayBeThere) {
    const removals = mayBeThere ? await removeProfiles(written, { maxWaitMs: TAKE_BACK_WAIT_MS }) : [];
    const left = removals.flatMap(removal => (removal.outcome === 'failed' ? [removal.error.message] : []));
    try {
        folder.removeRenewals();
        if (left.length === 0) {
            folder.remove();
            appendTogether(['GITHUB_STATE', { profiles: '' }]);
        }
    }
    catch {
    }
    return [...new Set(left)];
}
const TAKE_BACK_WAIT_MS = 2_000;
function stillThere(left) {
    return [
        'Credentials of this step may still be in a profile, because it could not be removed:',
        ...left.map(reason => `- ${reason}`),
        'The post step tries again when the job ends. To keep them from later steps, cancel the job.',
    ].join('\n');
}
function entryOf(match, files, settings) {
    const { profile } = match.target;
    return profile ? [{ profile, match, files, settings }] : [];
}
function export_profileOf({ profile, match, files, settings: { region } }) {
    const { name, refreshes } = profile;
    const settings = refreshes ? renewingSettings(renewCommand(files), region) : profileSettings(match, region);
    return { name, settings };
}
function renewCommand({ settingsPath }) {
    const entry = resolve(dirname(process.argv[1] ?? ''), '..', 'renew', 'index.js');
    return formatCommand([process.execPath, entry, settingsPath], process.platform);
}
function createRenewal({ match, files, settings }) {
    const raw = renewalInputs(readInputs(), settings, match.target, files.rootsPath);
    const text = formatRenewalSettings({ raw, run: tagSourceOf(process.env) });
    files.create(text, KeptCredentials.of(match, new Date()), readRoots(settings.caBundle));
}
function namingProfile(profile, work) {
    try {
        return work();
    }
    catch (error) {
        if (error instanceof GateError)
            throw error;
        throw new GateError('ERR_PROFILE_WRITE', `can't write the files for the profile ${quote(profile)} in RUNNER_TEMP: ${escapeControls(reasonOf(error))}`, 'Make sure that the runner can write to RUNNER_TEMP, and that the paths of RUNNER_TEMP, the action and Node hold no special characters.', { cause: error });
    }
}

;// CONCATENATED MODULE: ../build/flow/export.js








async function exportMatches(matches, record, deadline) {
    for (const match of matches)
        assertGenuine(match);
    const { inputs, claims } = record;
    const [first] = matches;
    const variables = sessionVariables(first, inputs, process.env);
    const outputs = {
        ...(inputs.outputsCredentials ? credentialOutputs(first) : {}),
        ...recordOutput(record, { matches }),
        ...withoutSecrets({
            ...(inputs.isForSeveralRoles ? profileOutputs(matches) : {}),
            ...tokenOutputs(claims ? { claims } : {}),
            ...identityOutputs(first),
        }),
    };
    const profiles = await exportProfiles(matches, inputs, deadline.pause);
    try {
        deadline.assertTimeLeft('credentials were exported');
        appendTogether(['GITHUB_STATE', cleanupState(variables, process.env, sha256)], ['GITHUB_ENV', variables], ['GITHUB_OUTPUT', outputs], ['GITHUB_STATE', completedState(variables)]);
    }
    catch (error) {
        throw await profiles.takeBack(error);
    }
}
function exportFailure(failure, record, reported) {
    appendTogether(['GITHUB_ENV', reported ? blankedKeys(process.env) : {}], [
        'GITHUB_OUTPUT',
        {
            ...withoutSecrets(failureOutputs(failure, record), redactReport),
            ...recordOutput(record, { failure }),
        },
    ]);
}
function unsetCurrentCredentials() {
    const blanked = blankedKeys(process.env);
    appendTogether(['GITHUB_ENV', blanked]);
    for (const name of Object.keys(blanked))
        delete process.env[name];
}
function withdrawVariables() {
    const state = {
        exported: getState('exported'),
        keyIdHash: getState('keyIdHash'),
        earlier: getState('earlier'),
    };
    command_file_appendTogether(['GITHUB_ENV', cleanedVariables(state, process.env, sha256)]);
}
function sha256(text) {
    return (0,external_node_crypto_namespaceObject.createHash)('sha256').update(text).digest('hex');
}
function recordOutput(record, ending) {
    const redaction = { secrets: redactReport, accountIds: maskAccountIdsIn };
    return { 'identity-record': formatIdentityRecord(record, ending, new Date(), redaction) };
}
function withoutSecrets(outputs, redact = redactSecrets) {
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, redact(value)]));
}

;// CONCATENATED MODULE: ../build/flow/cleanup.js




async function cleanUp() {
    if (process.env.AWS_SKIP_CLEANUP_STEP === 'true') {
        log_info('AWS_SKIP_CLEANUP_STEP is true: the credentials stay where they are');
        return;
    }
    await attempt('the credentials could not be removed from the environment', withdrawVariables);
    await attempt('the profiles or their renewal files could not be removed', withdrawProfiles);
}
async function attempt(otherwise, work) {
    try {
        await work();
    }
    catch (error) {
        log_warning(`${otherwise}: ${failure_reasonOf(error)}`);
    }
}

;// CONCATENATED MODULE: ../build/process/end.js


const POOLED = /^(GetAddrInfo|GetNameInfo|FS)Req/;
function endProcess(passes) {
    const { stdout } = process;
    if (stdout.writableLength === 0)
        void endNow(passes);
    else
        stdout.write('', () => void endNow(passes));
}
const GRACE_MS = 250;
async function endNow(passes) {
    for (let waited = 0; isPoolBusy() && waited < GRACE_MS; waited += 10)
        await (0,promises_namespaceObject.setTimeout)(10);
    if (isPoolBusy())
        leavePool(passes);
    process.exit(passes ? 0 : 1);
}
function isPoolBusy() {
    return process.getActiveResourcesInfo().some(kind => POOLED.test(kind));
}
const SHELL = '/bin/sh';
function leavePool(passes) {
    if (!passes) {
        process.removeAllListeners('SIGTERM');
        process.kill(process.pid, 'SIGTERM');
    }
    else if ((0,external_node_fs_namespaceObject.existsSync)(SHELL)) {
        process.execve?.(SHELL, [SHELL, '-c', 'exit 0'], {});
    }
}

;// CONCATENATED MODULE: ../build/post.js






const MAX_SECONDS = 60;
onUncaught(cause => log_warning(`the post step met an error: ${failure_reasonOf(cause)}`));
setTimeout(() => {
    log_warning(`the post step ended after ${MAX_SECONDS} s: some files of this action may be left on the machine`);
    endProcess(true);
}, MAX_SECONDS * 1000).unref();
void cleanUp().then(() => endProcess(true));

module.exports = __webpack_exports__;
/******/ })()
;