-- for wrk: a POST of 1 KB of JSON
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"text": "' .. string.rep("x", 1012) .. '"}'
