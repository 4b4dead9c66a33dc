"""Texts of the kinds that are sent to models, written for the table of bounds."""

# ruff: noqa: E501, RUF001 - lines as they are, in scripts as they are

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

PROSE = [
    "The bridge had been closed for repairs since the beginning of March, and nobody in the village expected it "
    "to open before the summer. People who worked on the other side of the river took the ferry, which left "
    "every forty minutes and was usually late. Only the baker seemed pleased: while they waited, they ate.",
    "A budget is a promise about the future that is made with the knowledge of the past. It fails when it is "
    "kept by people who can't see what is spent, and it succeeds when each decision shows its price at the "
    "moment at which it is taken. That is why the limit must be checked before the work is done, not after.",
    "Please find attached the minutes of our last meeting. We agreed to move the launch to the second week of "
    "October, to ask the supplier in Gothenburg for a new quotation, and to test the heating with at least "
    "three different valves. Anna will write to the insurance company; the rest of us will review the contract.",
    "When you store tomatoes, keep them at room temperature and out of the sun. Cold air stops the enzymes "
    "that make their flavour, and it does not come back when they are warm again. Ripe ones last three or four "
    "days; if you have more than you can eat, roast them slowly with salt, garlic and a little olive oil.",
    "The survey covered 412 households in nine districts between 2019 and 2023. Of these, 61.4% reported at "
    "least one interruption of the water supply per month, and 17% of them more than five. Older pipes explain "
    "most of the difference between districts, while income explains hardly any of it (p = 0.38).",
]
CODE = {
    "python": '''from collections import defaultdict


class Inventory:
    """Counts what is in stock, by warehouse and article."""

    def __init__(self, reorder_level: int = 10) -> None:
        self._reorder_level = reorder_level
        self._stock: dict[tuple[str, str], int] = defaultdict(int)

    def receive(self, warehouse: str, article: str, quantity: int) -> None:
        if quantity <= 0:
            raise ValueError(f"quantity must be positive, not {quantity}")
        self._stock[warehouse, article] += quantity

    def to_reorder(self) -> list[str]:
        totals: dict[str, int] = defaultdict(int)
        for (_, article), quantity in self._stock.items():
            totals[article] += quantity
        return sorted(name for name, total in totals.items() if total < self._reorder_level)
''',
    "typescript": """export interface RetryOptions {
  attempts: number;
  delayMs: (attempt: number) => number;
}

export async function retry<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  let lastError: unknown;
  for (let attempt = 0; attempt < options.attempts; attempt++) {
    try {
      return await work();
    } catch (error) {
      lastError = error;
      await new Promise((resolve) => setTimeout(resolve, options.delayMs(attempt)));
    }
  }
  throw lastError;
}
""",
    "sql": """SELECT c.country, date_trunc('month', o.created_at) AS month, count(*) AS orders, sum(o.total) AS revenue
FROM orders AS o
JOIN customers AS c ON c.id = o.customer_id
WHERE o.status IN ('paid', 'shipped') AND o.created_at >= now() - interval '1 year'
GROUP BY 1, 2
HAVING count(*) > 20
ORDER BY month DESC, revenue DESC;
""",
    "diff": """--- a/src/queue.go
+++ b/src/queue.go
@@ -41,9 +41,13 @@ func (q *Queue) Take(ctx context.Context) (Job, error) {
 \tfor {
-\t\tjob, ok := q.next()
-\t\tif ok {
-\t\t\treturn job, nil
+\t\tif job, ok := q.next(); ok {
+\t\t\treturn job, nil
+\t\t}
+\t\tselect {
+\t\tcase <-ctx.Done():
+\t\t\treturn Job{}, ctx.Err()
+\t\tcase <-q.wake:
 \t\t}
 \t}
 }
""",
}
LOG = "\n".join(
    f"2026-03-{day:02d}T08:{day * 2 % 60:02d}:17.{day * 37 % 1000:03d}Z {level} worker-{day % 4} "
    f"request_id=req-{day * 7919:06x} path=/v2/orders/{day * 131} status={status} took={day * 13}ms"
    for day, level, status in [(d, "INFO" if d % 5 else "WARN", 200 if d % 5 else 503) for d in range(1, 25)]
)
MARKDOWN = """# Release notes

## 4.2.0

- **Breaking:** `connect()` takes a timeout in seconds, not in milliseconds.
- New: exports as CSV and Parquet ([guide](https://docs.example.com/exports)).
- Fixed: totals were rounded before they were added.

| setting | default | what it does |
|---|---|---|
| `retries` | 3 | how often a failed upload is tried again |
| `region` | `eu-north-1` | where files are kept |
"""
RECORD = {
    "id": 48213,
    "customer": {"name": "Ines Albrecht", "email": "ines@example.com", "vip": True},
    "items": [
        {"sku": "LAMP-0042", "quantity": 2, "price": 39.9},
        {"sku": "SHADE-17-BLUE", "quantity": 1, "price": 12.5},
    ],
    "delivery": {"street": "Hafenweg 12", "city": "Kiel", "postcode": "24103", "country": "DE"},
    "status": "shipped",
}
SCRIPTS = {
    "Chinese": "昨天下午我们在办公室讨论了新的预算方案。大家都同意先把测试环境的费用降下来，再考虑购买更多的服务器。"
    "如果下个月的用户数量继续增长，我们需要重新计算成本，并且在十月之前提交报告。",
    "Japanese": "来週の会議では、新しい料金プランについて話し合う予定です。資料は金曜日までに共有してください。"
    "テスト環境の利用料が先月より増えているので、その原因も調べておきます。",
    "Korean": "다음 주 회의에서는 새로운 요금제에 대해 논의할 예정입니다. 자료는 금요일까지 공유해 주세요. "
    "테스트 환경 비용이 지난달보다 늘어난 이유도 함께 확인하겠습니다.",
    "Russian": "На следующей неделе мы обсудим новый бюджет проекта. Пожалуйста, пришлите все документы до пятницы. "
    "Расходы на тестовую среду выросли, и нам нужно понять, почему это произошло.",
    "Arabic": "سنناقش في الأسبوع القادم الميزانية الجديدة للمشروع. يرجى إرسال جميع الوثائق قبل يوم الجمعة. "
    "لقد ارتفعت تكاليف بيئة الاختبار ونحتاج إلى معرفة السبب.",
    "Hindi": "अगले सप्ताह हम परियोजना के नए बजट पर चर्चा करेंगे। कृपया शुक्रवार तक सभी दस्तावेज़ भेज दें। "
    "परीक्षण का खर्च बढ़ गया है और हमें इसका कारण समझना होगा।",
    "German": "Nächste Woche besprechen wir den neuen Haushaltsplan. Bitte schickt alle Unterlagen bis Freitag. Die "
    "Kosten der Testumgebung sind gestiegen, und wir müssen herausfinden, woran das liegt.",
    "French": "La semaine prochaine, nous parlerons du nouveau budget. Merci d'envoyer tous les documents avant "
    "vendredi. Les coûts de l'environnement de test ont augmenté et il faut en trouver la raison.",
    "Greek": "Την επόμενη εβδομάδα θα συζητήσουμε τον νέο προϋπολογισμό. Παρακαλώ στείλτε όλα τα έγγραφα μέχρι την "
    "Παρασκευή. Το κόστος του περιβάλλοντος δοκιμών αυξήθηκε.",
}
BASE64 = base64.b64encode(b"".join(hashlib.sha256(bytes([n])).digest() for n in range(24))).decode()
EMOJI = "Great job 🎉🎉 see you tomorrow 👋🏽 at the 🏖️! Bring 🍉, 🥪 and the 👨‍👩‍👧‍👦 ❤️"


def tool(name: str, description: str, **parameters: Any) -> dict[str, Any]:
    """A function by its name, as JSON schema has its parameters."""
    properties = {
        each: {"type": kind, "description": f"The {each.replace('_', ' ')} to use for this call."}
        for each, kind in parameters.items()
    }
    schema = {"type": "object", "properties": properties, "required": list(parameters)}
    return {"name": name, "description": description, "parameters": schema}


TOOLS = [
    tool(
        "read_file",
        "Reads a file and returns its contents with line numbers.",
        path="string",
        offset="integer",
    ),
    tool(
        "write_file", "Writes a file, creating its folder if there is none.", path="string", content="string"
    ),
    tool(
        "run_command", "Runs a shell command and returns what it prints.", command="string", timeout="number"
    ),
    tool("search_code", "Searches all files for a regular expression.", pattern="string", glob="string"),
    tool("list_folder", "Lists the files of a folder.", path="string", recursive="boolean"),
    tool(
        "edit_file",
        "Replaces one exact string in a file by another.",
        path="string",
        old="string",
        new="string",
    ),
    tool("fetch_page", "Fetches a web page and returns it as text.", url="string"),
    tool("ask_user", "Asks the user a question and waits for the answer.", question="string"),
    tool(
        "create_issue",
        "Files an issue with a title and a body.",
        title="string",
        body="string",
        labels="array",
    ),
    tool("get_weather", "The weather at a place, now or on a day to come.", city="string", day="string"),
    tool(
        "book_table", "Books a table at a restaurant.", restaurant="string", guests="integer", time="string"
    ),
    tool("query_orders", "Finds orders by customer, state and time.", customer="string", since="string"),
]
INSTRUCTIONS = (
    "You are a coding assistant that works in the user's repository. Read the code before you change it. Make the "
    "smallest change that solves the problem, run the tests, and say what you did in a few sentences. Never print "
    "secrets, never push to a remote, and ask before you delete anything. Use the tools that you are given; when "
    "one fails, read its error before you try again. Prefer to edit files over writing them anew."
)
PRETTY = json.dumps(RECORD, indent=2)
COMPACT = json.dumps([RECORD] * 4, separators=(",", ":"))
