/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
/******/ 	var __webpack_modules__ = ({

/***/ 9014:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   b: () => (/* binding */ PROXY_VARIABLES)
/* harmony export */ });
const PROXY_VARIABLES = {
    'https:': ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'],
    'http:': ['http_proxy', 'HTTP_PROXY'],
};


/***/ }),

/***/ 8340:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ chooseSource),
/* harmony export */   Z: () => (/* binding */ sourceConflicts)
/* harmony export */ });
function chooseSource(facts) {
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


/***/ }),

/***/ 9724:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   d: () => (/* binding */ githubAgent),
/* harmony export */   o: () => (/* binding */ preconnectToGithub)
/* harmony export */ });
/* harmony import */ var _core_base_environment_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(9014);
/* harmony import */ var _core_inputs_source_choice_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(8340);
/* harmony import */ var _network_preconnected_agent_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(8170);



const agent = new _network_preconnected_agent_js__WEBPACK_IMPORTED_MODULE_1__/* .PreconnectedAgent */ .s();
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
    const { kind } = (0,_core_inputs_source_choice_js__WEBPACK_IMPORTED_MODULE_2__/* .chooseSource */ .L)({
        hasAccessKeys: isGiven('aws-access-key-id'),
        hasTokenFile: isGiven('web-identity-token-file'),
        roleChaining: isGiven('role-chaining'),
        forceSkipOidc: isGiven('force-skip-oidc'),
        hasRole: isGiven('role-to-assume') || isGiven('aws-profiles'),
        offersIdToken: true,
    });
    return kind === 'oidc' && !isGiven('use-existing-credentials');
}
const NOT_GIVEN = ['', 'none', 'false'];
function namesProxy(environment) {
    return ['INPUT_HTTP-PROXY', ..._core_base_environment_js__WEBPACK_IMPORTED_MODULE_0__/* .PROXY_VARIABLES */ .b['https:']].some(name => environment[name]);
}


/***/ }),

/***/ 8170:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   s: () => (/* binding */ PreconnectedAgent)
/* harmony export */ });
/* harmony import */ var node_https__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(4708);
/* harmony import */ var node_https__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__nccwpck_require__.n(node_https__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(7030);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__nccwpck_require__.n(node_net__WEBPACK_IMPORTED_MODULE_1__);


class PreconnectedAgent extends node_https__WEBPACK_IMPORTED_MODULE_0__.Agent {
    #ahead;
    openAhead({ hostname, port }) {
        const host = hostname.replace(/^\[(.*)\]$/, '$1');
        const place = { host, port: Number(port || 443) };
        const servername = (0,node_net__WEBPACK_IMPORTED_MODULE_1__.isIP)(host) === 0 ? host : '';
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


/***/ }),

/***/ 6982:
/***/ ((module) => {

module.exports = require("crypto");

/***/ }),

/***/ 9896:
/***/ ((module) => {

module.exports = require("fs");

/***/ }),

/***/ 6698:
/***/ ((module) => {

module.exports = require("node:async_hooks");

/***/ }),

/***/ 1421:
/***/ ((module) => {

module.exports = require("node:child_process");

/***/ }),

/***/ 7598:
/***/ ((module) => {

module.exports = require("node:crypto");

/***/ }),

/***/ 3024:
/***/ ((module) => {

module.exports = require("node:fs");

/***/ }),

/***/ 1455:
/***/ ((module) => {

module.exports = require("node:fs/promises");

/***/ }),

/***/ 7067:
/***/ ((module) => {

module.exports = require("node:http");

/***/ }),

/***/ 4708:
/***/ ((module) => {

module.exports = require("node:https");

/***/ }),

/***/ 7030:
/***/ ((module) => {

module.exports = require("node:net");

/***/ }),

/***/ 8161:
/***/ ((module) => {

module.exports = require("node:os");

/***/ }),

/***/ 6760:
/***/ ((module) => {

module.exports = require("node:path");

/***/ }),

/***/ 1708:
/***/ ((module) => {

module.exports = require("node:process");

/***/ }),

/***/ 7075:
/***/ ((module) => {

module.exports = require("node:stream");

/***/ }),

/***/ 8500:
/***/ ((module) => {

module.exports = require("node:timers/promises");

/***/ }),

/***/ 1692:
/***/ ((module) => {

module.exports = require("node:tls");

/***/ }),

/***/ 7975:
/***/ ((module) => {

module.exports = require("node:util");

/***/ }),

/***/ 8522:
/***/ ((module) => {

module.exports = require("node:zlib");

/***/ }),

/***/ 857:
/***/ ((module) => {

module.exports = require("os");

/***/ }),

/***/ 6928:
/***/ ((module) => {

module.exports = require("path");

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
/******/ 	// expose the modules object (__webpack_modules__)
/******/ 	__nccwpck_require__.m = __webpack_modules__;
/******/ 	
/************************************************************************/
/******/ 	/* webpack/runtime/asset-relocator-loader */
/******/ 	if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = __dirname + "/";
/******/ 	
/******/ 	/* webpack/runtime/compat get default export */
/******/ 	(() => {
/******/ 		// getDefaultExport function for compatibility with non-harmony modules
/******/ 		__nccwpck_require__.n = (module) => {
/******/ 			var getter = module && module.__esModule ?
/******/ 				() => (module['default']) :
/******/ 				() => (module);
/******/ 			__nccwpck_require__.d(getter, { a: getter });
/******/ 			return getter;
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/create fake namespace object */
/******/ 	(() => {
/******/ 		var getProto = Object.getPrototypeOf ? (obj) => (Object.getPrototypeOf(obj)) : (obj) => (obj.__proto__);
/******/ 		var leafPrototypes;
/******/ 		// create a fake namespace object
/******/ 		// mode & 1: value is a module id, require it
/******/ 		// mode & 2: merge all properties of value into the ns
/******/ 		// mode & 4: return value when already ns object
/******/ 		// mode & 16: return value when it's Promise-like
/******/ 		// mode & 8|1: behave like require
/******/ 		__nccwpck_require__.t = function(value, mode) {
/******/ 			if(mode & 1) value = this(value);
/******/ 			if(mode & 8) return value;
/******/ 			if(typeof value === 'object' && value) {
/******/ 				if((mode & 4) && value.__esModule) return value;
/******/ 				if((mode & 16) && typeof value.then === 'function') return value;
/******/ 			}
/******/ 			var ns = Object.create(null);
/******/ 			__nccwpck_require__.r(ns);
/******/ 			var def = {};
/******/ 			leafPrototypes = leafPrototypes || [null, getProto({}), getProto([]), getProto(getProto)];
/******/ 			for(var current = mode & 2 && value; typeof current == 'object' && !~leafPrototypes.indexOf(current); current = getProto(current)) {
/******/ 				Object.getOwnPropertyNames(current).forEach((key) => (def[key] = () => (value[key])));
/******/ 			}
/******/ 			def['default'] = () => (value);
/******/ 			__nccwpck_require__.d(ns, def);
/******/ 			return ns;
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/define property getters */
/******/ 	(() => {
/******/ 		// define getter functions for harmony exports
/******/ 		__nccwpck_require__.d = (exports, definition) => {
/******/ 			for(var key in definition) {
/******/ 				if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 					Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 				}
/******/ 			}
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/ensure chunk */
/******/ 	(() => {
/******/ 		__nccwpck_require__.f = {};
/******/ 		// This file contains only the entry chunk.
/******/ 		// The chunk loading function for additional chunks
/******/ 		__nccwpck_require__.e = (chunkId) => {
/******/ 			return Promise.all(Object.keys(__nccwpck_require__.f).reduce((promises, key) => {
/******/ 				__nccwpck_require__.f[key](chunkId, promises);
/******/ 				return promises;
/******/ 			}, []));
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/get javascript chunk filename */
/******/ 	(() => {
/******/ 		// This function allow to reference async chunks
/******/ 		__nccwpck_require__.u = (chunkId) => {
/******/ 			// return url for filenames based on template
/******/ 			return "" + chunkId + ".index.js";
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/hasOwnProperty shorthand */
/******/ 	(() => {
/******/ 		__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/make namespace object */
/******/ 	(() => {
/******/ 		// define __esModule on exports
/******/ 		__nccwpck_require__.r = (exports) => {
/******/ 			if(typeof Symbol !== 'undefined' && Symbol.toStringTag) {
/******/ 				Object.defineProperty(exports, Symbol.toStringTag, { value: 'Module' });
/******/ 			}
/******/ 			Object.defineProperty(exports, '__esModule', { value: true });
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/require chunk loading */
/******/ 	(() => {
/******/ 		// no baseURI
/******/ 		
/******/ 		// object to store loaded chunks
/******/ 		// "1" means "loaded", otherwise not loaded yet
/******/ 		var installedChunks = {
/******/ 			792: 1
/******/ 		};
/******/ 		
/******/ 		// no on chunks loaded
/******/ 		
/******/ 		var installChunk = (chunk) => {
/******/ 			var moreModules = chunk.modules, chunkIds = chunk.ids, runtime = chunk.runtime;
/******/ 			for(var moduleId in moreModules) {
/******/ 				if(__nccwpck_require__.o(moreModules, moduleId)) {
/******/ 					__nccwpck_require__.m[moduleId] = moreModules[moduleId];
/******/ 				}
/******/ 			}
/******/ 			if(runtime) runtime(__nccwpck_require__);
/******/ 			for(var i = 0; i < chunkIds.length; i++)
/******/ 				installedChunks[chunkIds[i]] = 1;
/******/ 		
/******/ 		};
/******/ 		
/******/ 		// require() chunk loading for javascript
/******/ 		__nccwpck_require__.f.require = (chunkId, promises) => {
/******/ 			// "1" is the signal for "already loaded"
/******/ 			if(!installedChunks[chunkId]) {
/******/ 				if(true) { // all chunks have JS
/******/ 					installChunk(require("./" + __nccwpck_require__.u(chunkId)));
/******/ 				} else installedChunks[chunkId] = 1;
/******/ 			}
/******/ 		};
/******/ 		
/******/ 		// no external install chunk
/******/ 		
/******/ 		// no HMR
/******/ 		
/******/ 		// no HMR manifest
/******/ 	})();
/******/ 	
/************************************************************************/
var __webpack_exports__ = {};

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(3024);
;// CONCATENATED MODULE: ../build/process/start.js

const STDERR = 2;
let handler = cause => (0,external_node_fs_.writeSync)(STDERR, `${oneLineOf(cause)}\n`);
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

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __nccwpck_require__(8500);
// EXTERNAL MODULE: ../build/github/preconnect.js
var preconnect = __nccwpck_require__(9724);
;// CONCATENATED MODULE: ../build/index.js




async function start() {
    (0,preconnect/* preconnectToGithub */.o)(process.env);
    await (0,promises_.setImmediate)();
    const gate = await Promise.all(/* import() */[__nccwpck_require__.e(88), __nccwpck_require__.e(577)]).then(__nccwpck_require__.bind(__nccwpck_require__, 5577));
    onUncaught(gate.crash);
    await (0,promises_.setImmediate)();
    void gate.run();
}
process.exitCode = 1;
onUncaught(cause => void Promise.all(/* import() */[__nccwpck_require__.e(88), __nccwpck_require__.e(577)]).then(__nccwpck_require__.bind(__nccwpck_require__, 5577)).then(({ crash }) => crash(cause)));
void start();

module.exports = __webpack_exports__;
/******/ })()
;