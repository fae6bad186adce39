/**
 * Address below the page: the path of the page, a name below it, and a query.
 *
 * @param {{pathname: string}} location of the page
 * @param {string} name
 * @param {Record<string, string | number | undefined>} query undefined: left out
 */
export function below({ pathname }, name, query) {
  const folder = pathname.endsWith("/") ? pathname : pathname + "/";
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const fields = given.map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return `${folder}${name}?${fields.join("&")}`;
}

/**
 * The same for a websocket, with scheme and host.
 *
 * @param {{protocol: string, host: string, pathname: string}} location of the page
 * @param {string} name
 * @param {Record<string, string | number>} query
 */
export function socketBelow(location, name, query) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${location.host}${below(location, name, query)}`;
}
