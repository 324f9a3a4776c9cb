#!/usr/bin/env python3
"""Measures Xapian on the texts and queries that measure wrote, and prints JSON."""
import json
import os
import resource
import shutil
import sys
import time

import xapian

top = sys.argv[1]
path = os.path.join(top, "xapian.db")
shutil.rmtree(path, ignore_errors=True)
db = xapian.WritableDatabase(path, xapian.DB_CREATE_OR_OVERWRITE | xapian.DB_NO_SYNC)
maker = xapian.TermGenerator()
n, start = 0, time.time()
with open(os.path.join(top, "xapian.txt"), encoding="utf-8") as texts:
    for line in texts:
        about, text = line.rstrip("\n").split("\t", 1)
        doc = xapian.Document()
        for slot, value in enumerate(about.split(" ")):
            doc.add_value(slot, value)
        maker.set_document(doc)
        maker.index_text(text)
        db.add_document(doc)
        n += 1
db.commit()
rate = n / (time.time() - start)
db.close()

out = {"rate": rate, "p50": {}, "p99": {}, "hits": {}}
out["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
out["size"] = sum(os.path.getsize(os.path.join(path, f)) for f in os.listdir(path))
db = xapian.Database(path)
for group in json.load(open(os.path.join(top, "xapian.json"), encoding="utf-8")):
    took = []
    for measured in (False, True):
        hits, since = 0, time.time()
        for words in group["queries"]:
            if time.time() - since > 30:
                break
            words = words.split(" ")
            begin = time.time()
            ask = xapian.Enquire(db)
            if len(words) == 1:
                ask.set_query(xapian.Query(words[0]))
            elif group["phrase"]:
                ask.set_query(xapian.Query(xapian.Query.OP_PHRASE, words, len(words)))
            else:
                ask.set_query(xapian.Query(xapian.Query.OP_AND, words))
            spies = []
            if group["facets"]:
                for slot in range(3):
                    spies.append(xapian.ValueCountMatchSpy(slot))
                    ask.add_matchspy(spies[-1])
            found = ask.get_mset(0, 10, db.get_doccount())
            hits += found.get_matches_estimated()
            if measured:
                took.append((time.time() - begin) * 1000)
        out["hits"][group["name"]] = hits
    took.sort()
    out["p50"][group["name"]] = took[len(took) // 2]
    out["p99"][group["name"]] = took[len(took) * 99 // 100]
print(json.dumps(out))
