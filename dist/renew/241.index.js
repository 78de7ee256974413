"use strict";exports.id=241,exports.ids=[241],exports.modules={3241:((t,_,s)=>{s.d(_,{GetRoleCredentialsCommand:()=>e.E,SSOClient:()=>d.$});var e=s(5767),d=s(3159)})};
