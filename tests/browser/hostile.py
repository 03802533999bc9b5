"""Two hundred things that somebody might write where a name is asked for."""

_MARKUP = (
    "<script>alert({n})</script>",
    '"><script>alert({n})</script>',
    "'><img src=x onerror=alert({n})>",
    "<svg onload=alert({n})>",
    "<svg><script>alert({n})</script></svg>",
    "</title><script>alert({n})</script>",
    "</textarea><img src onerror=alert({n})>",
    "</option></select><svg onload=alert({n})>",
    "<body onload=alert({n})>",
    "<iframe srcdoc='<script>parent.alert({n})</script>'>",
    "<a href=javascript:alert({n})>x</a>",
    "<math><mi xlink:href=javascript:alert({n})>x",
    "<details open ontoggle=alert({n})>x",
    "<base href=//evil.example/{n}>",
    "<meta http-equiv=refresh content='0;url=//evil.example/{n}'>",
    "<link rel=stylesheet href=//evil.example/{n}>",
    "<form action=//evil.example/{n}><input name=key>",
    "<object data=//evil.example/{n}>",
    "<style>*{{display:none}}/*{n}*/",
    "<template><img src=x onerror=alert({n})>",
    "<noscript><p title='</noscript><img src=x onerror=alert({n})>'>",
    "<!-- {n}",
    "--> {n}",
    "<![CDATA[{n}]]>",
    "<?xml version={n}?>",
    "</table><h1>{n}</h1>",
    "</script><b>{n}",
)
_INSIDE = (
    '" onmouseover="alert({n})',
    "' autofocus onfocus='alert({n})",
    "` onclick=`alert({n})",
    '" style="position:fixed;top:{n}',
    "javascript:alert({n})",
    "data:text/html,<script>alert({n})</script>",
    "vbscript:{n}",
    "//evil.example/{n}",
    '"}});alert({n});({{"',
    "\\u003cscript\\u003ealert({n})",
    "&lt;script&gt;{n}",
    "&#60;script&#62;{n}",
    "%3Cscript%3E{n}",
    "&quot; onload=alert({n})",
    "&amp;{n};",
    "#live{n}",
    "?lang=en&x={n}",
)
_PROGRAMS = (
    "{{{{7*{n}}}}}",
    "{{%raw%}}{n}",
    "{{{{w.__class__}}}}{n}",
    "${{7*{n}}}",
    "#{{{n}}}",
    "<%={n}%>",
    "%s%s%n{n}",
    "%({n})s",
    "{{n}}{n}",
    "=cmd|'/C calc'!A{n}",
    "+1+{n}",
    "@SUM({n})",
    "-{n}",
    "'; DROP TABLE keys; --{n}",
    "$(reboot){n}",
    "`id`{n}",
    "../../etc/passwd{n}",
    "\\\\evil\\{n}",
    "null{n}",
    "undefined{n}",
    "NaN{n}",
    "[object Object]{n}",
)
_LETTERS = (
    "\u202egnp.{n}",
    "a\u200bb\u200d{n}",
    "\ufeff{n}",
    "Z\u0351\u0343a\u0310{n}",
    "\u2028{n}\u2029",
    "＜script＞{n}",
    "＂ onload＝{n}",
    "👩‍👩‍👧‍👦{n}",
    "ﷺ{n}",
    "İıß{n}",
    "汉" * 60 + "{n}",
    "x" * 100 + "{n}",
    "a b  c{n}",
    "٣{n}",
)
TEMPLATES = _MARKUP + _INSIDE + _PROGRAMS + _LETTERS
HOSTILE = [TEMPLATES[n % len(TEMPLATES)].format(n=n) for n in range(200)]
NAMEABLE = [each for each in TEMPLATES if each.isprintable()]  # the playbook takes no invisible letters
NAMES = [NAMEABLE[n % len(NAMEABLE)].format(n=n) for n in range(200)]

# Run in a page: whatever stands in it and no template of ours says so.
STRANGE = """() => {
  const known = new Set(('html head meta title link script body a header svg path span nav ul li div form input'
    + ' button main h1 h2 h3 p section label small table caption thead tbody tr th td time code b strong footer ol'
    + ' article circle text rect dl dt dd details summary select option optgroup fieldset legend br pre g defs'
    + ' marker line').split(' '));
  const found = [];
  for (const each of document.querySelectorAll('*')) {
    const tag = each.tagName.toLowerCase();
    if (!known.has(tag)) found.push(tag);
    for (const { name, value } of each.attributes) {
      if (/^on|^style$|^srcdoc$|^formaction$/i.test(name)) found.push(`${tag} ${name}`);
      if (/^(xlink:)?(href|src|action)$/i.test(name) && new URL(value, location).origin !== location.origin)
        found.push(`${tag} ${value}`);
    }
  }
  if (document.scripts.length !== 1) found.push(`${document.scripts.length} scripts`);
  if (document.querySelectorAll('base, meta[http-equiv]').length) found.push('base or meta');
  return found;
}"""
