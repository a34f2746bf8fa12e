// Plain HTTP/1.1 answers, one route for each kind of framing.
'use strict';

function headers_to_echo(request) {
  return JSON.stringify({ method: request.method, url: request.url, raw: request.rawHeaders });
}

// The request's body comes back as chunks, its trailers as trailers.
function echo(request, response) {
  const names = (request.headers.trailer || '').split(',').map(name => name.trim()).filter(Boolean);
  if (names.length > 0) response.setHeader('trailer', names.join(', '));
  response.setHeader('x-request-length', request.headers['content-length'] || 'none');
  response.setHeader('x-request-encoding', request.headers['transfer-encoding'] || 'none');
  request.on('data', chunk => response.write(chunk));
  request.on('end', () => {
    if (names.length > 0) response.addTrailers(request.trailers);
    response.end();
  });
}

const routes = {
  '/hello': (request, response) => {
    response.setHeader('content-type', 'text/plain');
    response.setHeader('content-length', 6);
    response.end('hello\n');
  },
  '/headers': (request, response) => response.end(headers_to_echo(request)),
  '/echo': echo,
  '/chunked': (request, response) => {
    response.setHeader('trailer', 'x-sum');
    for (const part of ['one', 'two', 'three']) response.write(part);
    response.addTrailers({ 'x-sum': '11' });
    response.end();
  },
  '/large': (request, response) => {
    const body = Buffer.alloc(3 << 20, 0x6c);
    response.setHeader('content-length', body.length);
    response.end(body);
  },
  '/no-content': (request, response) => { response.statusCode = 204; response.end(); },
  '/not-modified': (request, response) => { response.statusCode = 304; response.end(); },
  '/until-close': (request, response) => request.socket.end('HTTP/1.1 200 OK\r\n\r\nto the end'),
  '/cut-short': (request, response) => request.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'),
  '/bad-status': (request, response) => request.socket.end('HTTP/1.1 2x0 OK\r\n\r\n'),
  '/last': (request, response) => {
    response.setHeader('connection', 'close');
    response.end('last\n');
  },
  '/early-hints': (request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.end('hinted\n');
  },
  '/silent': () => {},
};

function answer(request, response) {
  const route = routes[request.url.split('?')[0]];
  if (route !== undefined) return route(request, response);
  response.statusCode = 404;
  return response.end('no such route\n');
}

module.exports = { answer };
