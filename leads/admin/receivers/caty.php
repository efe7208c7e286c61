<?php

// The event, or null if Caty didn't send it.
// $body: file_get_contents('php://input'). $signature: $_SERVER['HTTP_X_CATY_SIGNATURE'] ?? ''.
function read_event(string $body, string $signature, string $secret): ?array
{
    $expected = 'sha256=' . hash_hmac('sha256', $body, $secret);
    if (!hash_equals($expected, $signature)) {
        return null;
    }
    return json_decode($body, true, 512, JSON_THROW_ON_ERROR);
}
