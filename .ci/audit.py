"""Known vulnerabilities of what the lock pins, by pip-audit.

Exit status 1 after a find. Where the advisory service cannot be reached nothing is known: that is said in so many words, and
is a failure only with STAYON_REQUIRE_AUDIT=1.
"""

import json
import os
import subprocess
import sys


def main() -> int:
    """Ask, and say what was found or that nothing was asked."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", "requirements.lock", "--disable-pip",
               "--require-hashes", "--format", "json", "--progress-spinner", "off", "--timeout", "20"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError):
        print("NOT AUDITED: pip-audit had no answer from its advisory service. Its last words:")
        print(done.stderr.strip()[-800:])
        return 1 if os.environ.get("STAYON_REQUIRE_AUDIT") == "1" else 0
    found = [
        (each, vulnerability) for each in dependencies for vulnerability in each.get("vulns", ())
    ]
    skipped = [each["name"] for each in dependencies if "skip_reason" in each]
    for each, vulnerability in found:
        fixed = ", ".join(vulnerability["fix_versions"]) or "no version"
        print(f"{each['name']} {each['version']}: {vulnerability['id']}, fixed in {fixed}")
    audited = len(dependencies) - len(skipped)
    print(f"{audited} of {len(dependencies)} audited, {len(found)} vulnerabilities")
    if skipped:
        print(
            f"NOT AUDITED: the advisory service said nothing about {len(skipped)}: {', '.join(skipped)}"
        )
    return 1 if found or (skipped and os.environ.get("STAYON_REQUIRE_AUDIT") == "1") else 0


if __name__ == "__main__":
    sys.exit(main())
