/** The page of a panel: nothing in it but where it begins, and a policy that lets nothing else in. Pure. */
import { randomBytes } from 'node:crypto';

export interface PageParts {
  /** Of the webview: what it serves files from. */
  cspSource: string;
  script: string;
  style: string;
  title: string;
  /** Written into the page, so that it knows what it is about before it hears anything. */
  subject: unknown;
  /** The words of another language than English, by the English ones. */
  words?: { language: string; bundle: Readonly<Record<string, string>> } | undefined;
  /** Whether it shows pictures, which come from the same source. */
  pictures?: boolean;
}

export function pageOf(parts: PageParts): string {
  const { cspSource, script, style, subject, title, words, pictures = false } = parts;
  const nonce = randomBytes(16).toString('base64url');
  // The component toolkit adds an empty style element once, to try what the browser can do: it finds a nonce of its own for that.
  const styleNonce = randomBytes(16).toString('base64url');
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'nonce-${styleNonce}'`,
    ...(pictures ? [`img-src ${cspSource}`] : []),
    "connect-src 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escaped(words?.language ?? 'en')}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="csp-nonce" content="${styleNonce}">
<link rel="stylesheet" href="${escaped(style)}">
<title>${escaped(title)}</title>
</head>
<body data-subject="${escaped(JSON.stringify(subject))}"${words === undefined ? '' : ` data-words="${escaped(JSON.stringify(words.bundle))}"`}>
<script type="module" nonce="${nonce}" src="${escaped(script)}"></script>
</body>
</html>`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char);
