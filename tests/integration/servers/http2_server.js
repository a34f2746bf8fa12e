// WebSockets over HTTP/2 (RFC 8441): node's own http2, and the framing of the npm package "ws".
// usage: node http2_server.js [--tls CERT KEY] [--no-connect] [--window OCTETS] [--streams COUNT]; prints "listening PORT".
// In cleartext it takes HTTP/2 with prior knowledge; over TLS, ALPN decides between h2 and http/1.1, and HTTP/1.1 has
// WebSockets too. --no-connect: HTTP/2 has none. Texts that start with an exclamation mark are commands; all else is echoed.
'use strict';
const fs = require('fs');
const http2 = require('http2');
const WebSocket = require('ws');
const { announce } = require('./lifetime');

const { constants } = http2;
const words = process.argv.slice(2);
const value_behind = (name, index = 1) => (words.includes(name) ? words[words.indexOf(name) + index] : undefined);

const settings = { enableConnectProtocol: !words.includes('--no-connect') };
if (words.includes('--window')) settings.initialWindowSize = Number(value_behind('--window'));
if (words.includes('--streams')) settings.maxConcurrentStreams = Number(value_behind('--streams'));

const tcp_sockets = new Map();  // by the client's port
const stalled = new Set();  // WebSockets that aren't read for now

const commands = {
  '!close': ({ ws }, [code, ...reason]) => ws.close(Number(code), reason.join(' ')),
  '!end': ({ stream }) => stream.end(),  // END_STREAM without a Close frame
  '!fin': ({ stream }) => stream.end(),  // the same, as the server of HTTP/1.1 calls it
  '!reset': ({ stream }) => stream.destroy(new Error('as asked')),  // RST_STREAM with INTERNAL_ERROR
  // GOAWAY: up to the last stream that was begun, or up to that one.
  '!goaway': ({ stream }, [last]) => stream.session.goaway(constants.NGHTTP2_NO_ERROR, Number(last || 0)),
  '!fail': ({ stream }) => {
    stream.session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    setImmediate(() => tcp_sockets.get(stream.session.socket.remotePort).destroySoon());
  },
  '!settings': ({ ws, stream }, [name, number]) =>
    stream.session.settings({ [name]: Number(number) }, () => ws.send('acknowledged')),
  '!destroy': ({ stream }) => tcp_sockets.get(stream.session.socket.remotePort).resetAndDestroy(),
  '!headers': ({ ws, headers }) => ws.send(JSON.stringify(headers)),
  '!send': ({ ws }, [size]) => ws.send(Buffer.alloc(Number(size), 0x61)),
  '!ping': ({ ws }, [payload]) => {
    ws.once('pong', data => ws.send(`pong ${data}`));
    ws.ping(payload);
  },
  '!fragments': ({ ws }, [count, size]) => {
    for (let i = 1; i <= Number(count); ++i) {
      ws.send('f'.repeat(Number(size)), { fin: i === Number(count) });
      if (i < Number(count)) ws.ping(`between ${i}`);
    }
  },
  '!raw': ({ stream }, [hex]) => stream.write(Buffer.from(hex, 'hex')),
  // No more is read of this one until another request asks for /resume.
  '!stall': ({ ws }) => {
    ws.send('stalled');
    ws.pause();
    stalled.add(ws);
  },
};

function resume_all() {
  const count = stalled.size;
  for (const ws of stalled) ws.resume();
  stalled.clear();
  return count;
}

function serve(context) {
  const { ws } = context;
  ws.on('error', () => {});
  ws.on('message', (data, is_binary) => {
    const [name, ...rest] = is_binary ? [] : data.toString().split(' ');
    if (commands[name] !== undefined) return commands[name](context, rest);
    return ws.send(data, { binary: is_binary });
  });
}

const refusals = {
  '/401': headers => headers.authorization !== 'Basic bWludDpzZWNyZXQ='
    && [{ ':status': 401, 'www-authenticate': 'Basic realm="mint"' }, 'who are you?\n'],
  '/403': () => [{ ':status': 403 }, 'nope!\n'],
  '/302': () => [{ ':status': 302, location: '/elsewhere' }, ''],
};

function accept(stream, headers) {
  const refusal = refusals[headers[':path']] && refusals[headers[':path']](headers);
  if (refusal) {
    stream.respond(refusal[0]);
    return stream.end(refusal[1]);
  }
  if (headers[':path'] === '/silent') return undefined;
  const offered = (headers['sec-websocket-protocol'] || '').split(',').map(name => name.trim());
  const chosen = ['superchat', 'chat'].find(name => offered.includes(name));
  stream.respond({ ':status': 200, ...(chosen && { 'sec-websocket-protocol': chosen }) });
  const ws = new WebSocket(null, undefined, { autoPong: true, closeTimeout: 30_000 });  // a server's, of no socket yet
  ws.setSocket(stream, Buffer.alloc(0),
    { allowSynchronousEvents: true, maxPayload: 256 << 20, skipUTF8Validation: false });
  return serve({ ws, stream, headers });
}

function answer(stream, headers) {
  if (headers[':path'] === '/trailers') {
    stream.respond({ ':status': 200 }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '11' }));
    return stream.end('content');
  }
  if (headers[':path'] === '/resume') {
    stream.respond({ ':status': 200 });
    return stream.end(String(resume_all()));
  }
  if (headers[':path'] === '/echo') {
    stream.respond({ ':status': 200 });
    return stream.pipe(stream);
  }
  if (headers[':path'] === '/early-hints') stream.additionalHeaders({ ':status': 103, link: '</a>' });
  if (headers[':path'] === '/push' && !stream.pushAllowed) {
    stream.respond({ ':status': 200 });
    return stream.end('no push\n');
  }
  if (headers[':path'] === '/push') {
    return stream.pushStream({ ':path': '/pushed' }, (failed, pushed) => {
      pushed.respond({ ':status': 200 });
      pushed.end('pushed\n');
      stream.respond({ ':status': 200 });
      stream.end('pushed one\n');
    });
  }
  stream.respond({ ':status': 200, 'content-type': 'text/plain' });
  return stream.end('hello\n');
}

function make_server() {
  const tls = words.includes('--tls');
  const options = tls
    ? { settings, allowHTTP1: true, cert: fs.readFileSync(value_behind('--tls')), key: fs.readFileSync(value_behind('--tls', 2)) }
    : { settings };
  const server = tls ? http2.createSecureServer(options) : http2.createServer(options);
  if (tls) {
    server.on('request', (request, response) => {
      if (request.httpVersion === '1.1') response.end('hello\n');
    });
    server.removeAllListeners('stream');  // node's own, which would answer for the listener above
    const sockets = new WebSocket.WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 256 << 20 });
    server.on('upgrade', (request, socket, head) => sockets.handleUpgrade(request, socket, head,
      ws => serve({ ws, stream: socket, headers: request.headers })));
  }
  server.on('connection', socket => {
    const port = socket.remotePort;
    tcp_sockets.set(port, socket);
    socket.on('close', () => tcp_sockets.delete(port)).on('error', () => {});
  });
  server.on('session', session => session.on('error', () => {}));
  server.on('sessionError', () => {});
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    return headers[':method'] === 'CONNECT' ? accept(stream, headers) : answer(stream, headers);
  });
  return server;
}

announce(make_server());
